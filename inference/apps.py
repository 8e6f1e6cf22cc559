"""The inference app."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        """Register the system checks, and connect signals and observers of one package to receivers in others."""
        from . import checks  # noqa: F401 – registers them
        from .history import writer
        from .monitoring import metrics
        from .serving import configuration, recorder, service
        from .serving.signals import configuration_changed

        settings = self.get_model("InferenceSettings")
        post_save.connect(configuration.refresh_after_commit, settings)
        post_delete.connect(configuration.refresh_after_commit, settings)
        configuration_changed.connect(service.follow_settings)
        recorder.add_observer(writer.keep)
        recorder.add_observer(metrics.count)
