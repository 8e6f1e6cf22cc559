"""The paths of the native JSON API."""

from django.urls import path

from .views import GenerateView, HealthView, LiveView, ModelInfoView, TokenizeView

urlpatterns = [
    path("generate", GenerateView.as_view(), name="generate"),
    path("tokenize", TokenizeView.as_view(), name="tokenize"),
    path("health", HealthView.as_view(), name="health"),
    path("health/live", LiveView.as_view(), name="live"),
    path("model_info", ModelInfoView.as_view(), name="model_info"),
]
