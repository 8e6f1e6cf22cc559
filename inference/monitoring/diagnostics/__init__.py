"""Why it is slow: checks of the machine, the engine and the last hour's history, the worst first.

Each check is a function without I/O. Rates are those between two readings of the machine.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import engine, machine
from .check import Check, Evidence, Verdict
from .readings import Readings

__all__ = ["Check", "Evidence", "Readings", "Verdict", "judged", "worst"]


def judged(evidence: Evidence) -> list[Check]:
    """Return the result of every check, the worst first."""
    checks = [
        engine.state(evidence.status),
        engine.models(evidence),
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
    """Return the first of these results that is a finding, or None."""
    return next((check for check in checks if check.verdict <= Verdict.WATCH), None)
