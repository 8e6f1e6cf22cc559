"""What an engine is started with."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

from inference.engine.llama_cli.process.process import ProcessTimeouts

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

    def changes(self, before: EngineConfig) -> str:
        """What is other than `before`, for people; texts by their names only."""
        told = []
        for each in fields(self):
            old, new = getattr(before, each.name), getattr(self, each.name)
            if old != new:
                told.append(each.name if each.name in _TEXTS else f"{each.name}: {_shown(old)} → {_shown(new)}")
        return "; ".join(told) or "Nothing changed"


_TEXTS = {"system_prompt", "chat_template"}


def _shown(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)
