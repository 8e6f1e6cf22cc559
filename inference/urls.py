"""The API's paths."""

from django.urls import path

from .views import GenerateView, HealthView, ModelInfoView

urlpatterns = [
    path("generate", GenerateView.as_view(), name="generate"),
    path("health", HealthView.as_view(), name="health"),
    path("model_info", ModelInfoView.as_view(), name="model_info"),
]
