"""Why it is slow: what the machine, the engine and the last hour's history say, in sentences, the worst first.

Each check is a function without I/O. What it says is of the time between two readings of the machine.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import engine, machine
from .check import Check, Evidence, Verdict
from .readings import Readings

__all__ = ["Check", "Evidence", "Readings", "Verdict", "judged", "worst"]


def judged(evidence: Evidence) -> list[Check]:
    """Every check, the worst first; those of the history where there is one."""
    checks = [
        engine.state(evidence.status),
        engine.threads(evidence),
        machine.throttled(evidence),
        machine.stolen(evidence),
        machine.others(evidence),
        machine.swap(evidence),
        machine.memory(evidence),
        machine.model_in_memory(evidence),
        machine.heat(evidence),
        machine.disk(evidence.now),
    ]
    if evidence.spent is not None:
        checks += [
            engine.queue(evidence.spent, evidence.status),
            engine.launches(evidence.spent),
            engine.prompts(evidence.spent),
        ]
    return sorted(checks, key=lambda check: (check.verdict, -check.weight))


def worst(checks: Iterable[Check]) -> Check | None:
    """What slows it down most; None where nothing does."""
    return next((check for check in checks if check.verdict is Verdict.SLOW), None)
