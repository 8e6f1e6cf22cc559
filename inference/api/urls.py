"""The API's paths."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from inference.api.native.views import GenerateView, HealthView, LiveView, ModelInfoView
from inference.keys import pages
from inference.monitoring.metrics_view import metrics

from .documentation import docs

urlpatterns = [
    path("generate", GenerateView.as_view(), name="generate"),
    path("health", HealthView.as_view(), name="health"),
    path("health/live", LiveView.as_view(), name="live"),
    path("model_info", ModelInfoView.as_view(), name="model_info"),
    path("metrics", metrics, name="metrics"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("accounts/keys", pages.keys, name="keys"),
    path("accounts/keys/<int:pk>/revoke", pages.revoke_key, name="revoke-key"),
]
