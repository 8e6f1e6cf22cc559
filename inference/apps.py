"""The inference app."""

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        from . import checks  # noqa: F401 – are found by Django; listens for settings that are saved
        from .serving import configuration  # noqa: F401 – are found by Django; listens for settings that are saved
