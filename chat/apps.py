"""The chat app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from . import claims, erasing  # noqa: F401 – listen for sign-ins, and for the daily cleaning
