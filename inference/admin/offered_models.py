"""Offer and withdraw models: the buttons of the models' page write what the settings' page shows as a list."""

from __future__ import annotations

from bitnetsite.env import env
from inference.models import InferenceSettings
from inference.provisioning.models.model_names import model_id
from inference.serving import configuration
from inference.serving.engine_settings import listed_models


def is_offered(identifier: str) -> bool:
    """Return whether requests may name this model of the folder. The default model always is."""
    chosen = configuration.current().offered_models
    return not chosen or identifier in chosen


def change_offer(identifier: str, offered: bool) -> None:
    """Offer or withdraw a model. The setting stays empty where that means the same: later models are offered too."""
    in_force = configuration.current()
    servable = {model.id for model in listed_models() if not model.error}
    chosen = set(in_force.offered_models) or servable
    chosen = chosen | {identifier} if offered else chosen - {identifier}
    chosen = chosen or {model_id(in_force.model, env("MODELS_DIR"))}
    if_empty = set(configuration.environment_defaults().offered_models) or servable
    lines = None if chosen == if_empty else "\n".join(sorted(chosen))
    InferenceSettings.objects.update_or_create(pk=1, defaults={"offered_models": lines})
