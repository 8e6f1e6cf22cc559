"""The paths of this protocol."""

from django.urls import path, re_path

from .responses.views import ResponsesView
from .views import ChatCompletionsView, CompletionsView, ModelsView, ModelView, UnknownPathView

urlpatterns = [
    path("chat/completions", ChatCompletionsView.as_view(), name="openai-chat-completions"),
    path("completions", CompletionsView.as_view(), name="openai-completions"),
    path("responses", ResponsesView.as_view(), name="openai-responses"),
    path("models", ModelsView.as_view(), name="openai-models"),
    path("models/<path:name>", ModelView.as_view(), name="openai-model"),
    re_path("", UnknownPathView.as_view()),
]
