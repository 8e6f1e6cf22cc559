"""The paths of this protocol."""

from django.urls import path, re_path

from .model_views import (
    NO_EMBEDDINGS,
    NotOfferedView,
    PsView,
    PullView,
    ShowView,
    TagsView,
    UnknownPathView,
    VersionView,
)
from .views import ChatView, GenerateView

urlpatterns = [
    path("chat", ChatView.as_view(), name="ollama-chat"),
    path("generate", GenerateView.as_view(), name="ollama-generate"),
    path("tags", TagsView.as_view(), name="ollama-tags"),
    path("ps", PsView.as_view(), name="ollama-ps"),
    path("show", ShowView.as_view(), name="ollama-show"),
    path("pull", PullView.as_view(), name="ollama-pull"),
    path("version", VersionView.as_view(), name="ollama-version"),
    *(path(name, NotOfferedView.as_view()) for name in ("create", "copy", "delete", "push", "blobs/<path:digest>")),
    *(path(name, NotOfferedView.as_view(reason=NO_EMBEDDINGS)) for name in ("embed", "embeddings")),
    re_path("", UnknownPathView.as_view()),
]
