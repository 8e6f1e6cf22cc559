"""The inference app."""

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        from . import checks, configuration  # noqa: F401 – are found by Django; listens for settings that are saved
