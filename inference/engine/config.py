"""The configuration of engines."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path

from .llama_cli.config import LlamaCliConfig, ProcessTimeouts
from .types import Sampling

__all__ = ["EngineConfig", "LlamaCliConfig", "ProcessTimeouts"]

TEXT_FIELDS = {"system_prompt", "chat_template"}
PATH_FIELDS = {"model"}


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """The configuration of an engine; `Engine.reconfigure` replaces it while the engine runs.

    `model`: path of a GGUF file, resolved where the engine runs. `model_instances`: concurrent answers. `prelaunch`:
    workers kept ready for new conversations, None for the engine's own setting. `max_requests_per_caller`: waiting and
    running requests of one caller, None for no limit but the queue's. `queue_timeout`: seconds. `system_prompt`,
    `sampling`, `context_size`: what new conversations most likely ask for; the engine prepares for it.

    The last field is set for the engine to use; `factory.make_engine` chooses by it.
    """

    model: str
    chat_template: str | None = None
    max_threads: int = 4
    model_instances: int = 1
    prelaunch: int | None = None
    max_queue: int = 64
    max_requests_per_caller: int | None = None
    queue_timeout: float = 120.0
    system_prompt: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    context_size: int = 2048
    llama_cli: LlamaCliConfig | None = None

    def changes(self, before: EngineConfig) -> str:
        """Return what differs from `before`, for operators: `max_threads: 4 → 2`. Texts are named, not shown."""
        return "; ".join(_changes(before, self)) or "Nothing changed"


def _changes(before: object, after: object) -> list[str]:
    changes = []
    for each in fields(after):  # type: ignore[arg-type]  # both are dataclasses
        old, new = getattr(before, each.name), getattr(after, each.name)
        if old == new:
            continue
        if is_dataclass(old) and type(old) is type(new) and each.name == "llama_cli":
            changes += _changes(old, new)
        else:
            if each.name in PATH_FIELDS:
                old, new = Path(old), Path(new)
            changes.append(each.name if each.name in TEXT_FIELDS else f"{each.name}: {_shown(old)} → {_shown(new)}")
    return changes


def _shown(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)
