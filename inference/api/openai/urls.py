"""The paths of this protocol."""

from django.urls import path, re_path

from .views import ChatCompletionsView, UnknownPathView

urlpatterns = [
    path("chat/completions", ChatCompletionsView.as_view(), name="openai-chat-completions"),
    re_path("", UnknownPathView.as_view()),
]
