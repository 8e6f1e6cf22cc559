"""The result of a check, and its evidence: two readings of the machine, the engine's status, the history."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from inference.engine import EngineStatus, ModelInfo
from inference.history.queries import Spent
from inference.machine.reading import Reading

MIB: Final = 1 << 20
GIB: Final = 1 << 30


class Verdict(IntEnum):
    """The result of a check, the worst first."""

    SLOW = 0
    WATCH = 1
    FINE = 2
    UNKNOWN = 3

    @property
    def label(self) -> str:
        return ("slows answers down", "worth a look", "OK", "unknown")[self]


@dataclass(frozen=True, slots=True)
class Check:
    """One result. `number`: the measurement. `weight`: roughly the share of time that it costs, from 0 to 1.

    `reason` and `advice`: why it matters and what to do; empty where the result is fine.
    """

    name: str
    verdict: Verdict
    number: str
    weight: float = 0.0
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The input of all checks. `status`: None if no engine runs. `max_threads`: the setting. `models`: all served."""

    before: Reading
    now: Reading
    status: EngineStatus | None
    max_threads: int
    spent: Spent | None = None
    models: tuple[ModelInfo, ...] = ()

    @property
    def seconds(self) -> float:
        """Between the two readings."""
        return max(self.now.at - self.before.at, 1e-3)


def count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def in_cores(number: float) -> str:
    return f"{number:g} core{'' if number == 1 else 's'}"


def requests(number: int, *, verb: bool = False) -> str:
    return count(number, "request") + (("" if not verb else " is") if number == 1 else (" are" if verb else ""))


def in_seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def in_bytes(number: int) -> str:
    return f"{number / GIB:,.1f} GiB" if number >= GIB else f"{number / MIB:,.0f} MiB"
