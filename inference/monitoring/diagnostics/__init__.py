"""Why it is slow: checks of the machine, the engine and the last hour's history, the worst first.

Each check is a function without I/O. Rates are those between two readings of the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import engine, machine, nodes
from .check import Check, Evidence, Verdict
from .nodes import NodesReading
from .readings import Readings

__all__ = ["Check", "Evidence", "NodesReading", "Readings", "Verdict", "judged", "judged_on_nodes", "worst"]


def judged(evidence: Evidence) -> list[Check]:
    """Return the result of every check, the worst first."""
    checks = [
        engine.state(evidence.status),
        engine.models(evidence),
        engine.threads(evidence),
        *machine.checks(evidence),
    ]
    return _sorted([*checks, *_of_history(evidence)])


def judged_on_nodes(
    evidence: Evidence, before: NodesReading, now: NodesReading, speeds: Mapping[str, float]
) -> list[Check]:
    """Return the same where the engine runs on other machines. `speeds`: tokens per second by node.

    Of this machine, `evidence` has what the server itself needs.
    """
    machines = evidence.status.machines if evidence.status else []
    checks = [
        engine.state(evidence.status),
        nodes.nodes(machines),
        nodes.speeds(speeds),
        nodes.waiting(machines),
        engine.models(evidence),
        *nodes.checks_of_nodes(before, now, evidence.max_threads),
        machine.memory(evidence),
        machine.disk(evidence.now),
    ]
    return _sorted([*checks, *_of_history(evidence)])


def _of_history(evidence: Evidence) -> list[Check]:
    if evidence.spent is None:
        return []
    return [
        engine.queue(evidence.spent, evidence.status),
        engine.launches(evidence.spent),
        engine.prompts(evidence.spent),
    ]


def _sorted(checks: Iterable[Check]) -> list[Check]:
    return sorted(checks, key=lambda check: (check.verdict, -check.weight))


def worst(checks: Iterable[Check]) -> Check | None:
    """Return the first of these results that is a finding, or None."""
    return next((check for check in checks if check.verdict <= Verdict.WATCH), None)
