"""What an engine is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .process import ProcessTimeouts
from .types import Sampling


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """`model_instances`: answers at once. `resident_instances` None: by free memory. Times in seconds.

    `owner_share`: requests of one owner that may wait or be answered at once; None: no limit but the queue's.

    `system_prompt`, `sampling`, `context_size`: what new conversations most likely ask for, and standbys are launched
    with.
    """

    llama_cli: Path
    model: Path
    cache_folder: Path
    extra_arguments: tuple[str, ...] = ()
    chat_template: str | None = None
    max_threads: int = 4
    model_instances: int = 1
    standby_instances: int = 1
    resident_instances: int | None = None
    resident_idle: float = 1800.0
    max_queue: int = 64
    owner_share: int | None = None
    queue_timeout: float = 120.0
    timeouts: ProcessTimeouts = field(default_factory=ProcessTimeouts)
    system_prompt: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    context_size: int = 2048
