"""The paths of all protocols, and the pages around them: the API's description, API keys, metrics."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from inference.keys import pages
from inference.monitoring.metrics_view import metrics

from . import openapi  # noqa: F401 – registers itself
from .documentation import docs

urlpatterns = [
    path("", include("inference.api.native.urls")),
    path("v1/", include("inference.api.openai.urls")),
    path("api/", include("inference.api.ollama.urls")),
    path("metrics", metrics, name="metrics"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("accounts/keys", pages.keys, name="keys"),
    path("accounts/keys/<int:pk>/revoke", pages.revoke_key, name="revoke-key"),
]
