"""The operator's settings, API keys, rate limit windows, and the history: generations and engine events."""

from inference.validators import in_models_folder  # migrations refer to it here

from .history import EngineEvent, GenerationRecord
from .keys import ApiKey, ApiKeyQuerySet, RateWindow
from .settings import InferenceSettings

__all__ = [
    "ApiKey",
    "ApiKeyQuerySet",
    "EngineEvent",
    "GenerationRecord",
    "InferenceSettings",
    "RateWindow",
    "in_models_folder",
]
