"""The inference app."""

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        from . import configuration  # noqa: F401 – listens for settings that are saved
