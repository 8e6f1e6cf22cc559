"""The API's paths."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from . import key_pages
from .documentation import docs
from .metrics_view import metrics
from .views import GenerateView, HealthView, LiveView, ModelInfoView

urlpatterns = [
    path("generate", GenerateView.as_view(), name="generate"),
    path("health", HealthView.as_view(), name="health"),
    path("health/live", LiveView.as_view(), name="live"),
    path("model_info", ModelInfoView.as_view(), name="model_info"),
    path("metrics", metrics, name="metrics"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("accounts/keys", key_pages.keys, name="keys"),
    path("accounts/keys/<int:pk>/revoke", key_pages.revoke_key, name="revoke-key"),
]
