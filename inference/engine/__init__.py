"""The engine: answers of llama-cli processes as streams of events. No Django, HTTP or database in here."""

from inference.engine.llama_cli.pool import Pool, PoolState
from inference.engine.llama_cli.process.process import ProcessTimeouts

from .config import EngineConfig
from .types import (
    Event,
    EventKind,
    Finished,
    FinishReason,
    GenerationRequest,
    Message,
    OnEvent,
    Queued,
    Sampling,
    Started,
    Text,
    Timings,
    Usage,
)

__all__ = [
    "EngineConfig",
    "Event",
    "EventKind",
    "FinishReason",
    "Finished",
    "GenerationRequest",
    "Message",
    "OnEvent",
    "Pool",
    "PoolState",
    "ProcessTimeouts",
    "Queued",
    "Sampling",
    "Started",
    "Text",
    "Timings",
    "Usage",
]
