"""The inference app."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        """Register system checks and shapes of errors, and connect signals and observers to receivers elsewhere."""
        from bitnetsite.http import error_bodies

        from . import checks  # noqa: F401 – registers them
        from .api.ollama.errors import error_body as ollama_error_body
        from .api.openai.errors import error_body as openai_error_body
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
        error_bodies.register("/v1/", openai_error_body)
        error_bodies.register("/api/", ollama_error_body)
