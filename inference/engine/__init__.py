"""Engines: generation requests in, streams of events out. No Django, no HTTP, no database."""

from .config import EngineConfig, ServedModel
from .factory import make_engine
from .interface import Engine
from .status import EngineHealth, EngineState, EngineStatus, ModelInfo, ModelState
from .types import (
    Event,
    Finished,
    FinishReason,
    GenerationRequest,
    Message,
    OnEngineEvent,
    PromptSize,
    Queued,
    Reasoning,
    Sampling,
    Started,
    Text,
    Timings,
    Usage,
)

__all__ = [
    "Engine",
    "EngineConfig",
    "EngineHealth",
    "EngineState",
    "EngineStatus",
    "Event",
    "FinishReason",
    "Finished",
    "GenerationRequest",
    "Message",
    "ModelInfo",
    "ModelState",
    "OnEngineEvent",
    "PromptSize",
    "Queued",
    "Reasoning",
    "Sampling",
    "ServedModel",
    "Started",
    "Text",
    "Timings",
    "Usage",
    "make_engine",
]
