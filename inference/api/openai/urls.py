"""The paths of this protocol."""

from django.urls import path, re_path

from .views import ChatCompletionsView, CompletionsView, ModelsView, ModelView, UnknownPathView

urlpatterns = [
    path("chat/completions", ChatCompletionsView.as_view(), name="openai-chat-completions"),
    path("completions", CompletionsView.as_view(), name="openai-completions"),
    path("models", ModelsView.as_view(), name="openai-models"),
    path("models/<path:name>", ModelView.as_view(), name="openai-model"),
    re_path("", UnknownPathView.as_view()),
]
