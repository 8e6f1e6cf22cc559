"""The chat app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from .accounts import claims, sessions  # noqa: F401 – listen for sign-ins and -outs, and the daily cleaning
        from .conversations import erasing  # noqa: F401 – listen for sign-ins and -outs, and the daily cleaning
