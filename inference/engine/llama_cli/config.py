"""The part of the configuration that only this engine has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessTimeouts:
    """Seconds a process may take: to become ready, to sample the first token of an answer, and each further token."""

    launch: float = 120.0
    first_token: float = 300.0
    token: float = 60.0


@dataclass(frozen=True, slots=True)
class LlamaCliConfig:
    """`extra_arguments`: added to every launch. `standby_instances`: processes kept ready for new conversations.

    `resident_instances`: idle processes that hold a conversation, None to derive it from free memory.
    `resident_idle`: seconds after which an idle conversation gives up its process. `check_interval`: seconds between
    checks of what no event announces, such as a file that is replaced. `crash_delay`: seconds without launches ahead of
    demand after a first crash; they double with each further one.
    """

    binary: Path
    cache_folder: Path
    extra_arguments: tuple[str, ...] = ()
    standby_instances: int = 1
    resident_instances: int | None = None
    resident_idle: float = 1800.0
    check_interval: float = 1.0
    crash_delay: float = 0.5
    timeouts: ProcessTimeouts = field(default_factory=ProcessTimeouts)
