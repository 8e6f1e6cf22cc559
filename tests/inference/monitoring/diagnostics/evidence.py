"""A calm machine with an idle engine, and what changes of it within two seconds."""

from __future__ import annotations

from dataclasses import replace

from inference.engine.status import CoreLease, EngineStatus
from inference.history.queries import Spent
from inference.machine.cores import Times
from inference.machine.pressure import Pressure
from inference.machine.processes import Work
from inference.machine.reading import Reading
from inference.monitoring.diagnostics import Check, Evidence, judged

CALM = Reading(
    at=100.0,
    cores=2,
    quota=None,
    times=Times(0.0, 0.0, 0.0),
    ours=Work(0.0, 0),
    throttling=None,
    swapped=(0, 0),
    killed=0,
    cpu_pressure=None,
    memory_pressure=Pressure(0.0, 0.0),
    io_pressure=Pressure(0.0, 0.0),
    memory=8 << 30,
    model_cached=1.0,
    frequency=(3000.0, 3000.0),
    temperature=50.0,
    slowed=0,
    disk=50 << 30,
)
STATUS = EngineStatus(
    state="running",
    failure="",
    paused=False,
    revision=1,
    changing=False,
    model="model.gguf",
    places=1,
    threads=2,
    cores=2,
    launches={},
    crashes=0,
    crashes_during_requests=0,
    workers=[],
    queue=[],
    leases=[CoreLease((0, 1), 412, "serving", "key")],
)
QUIET = Spent(10, 1, 0.1, 0.5, 0.5, 20.0, 1000, 600)


def after(seconds: float = 2.0, **changes: object) -> Evidence:
    """Calm before; after so many seconds, in which two cores did what the engine had them do, these changes."""
    values = {"at": CALM.at + seconds, "times": Times(seconds, 0.0, 2 * seconds), "ours": Work(seconds, 0)}
    return Evidence(CALM, replace(CALM, **(values | changes)), STATUS, 2, QUIET)  # type: ignore[arg-type]


def check(evidence: Evidence, name: str) -> Check:
    [found] = [each for each in judged(evidence) if each.name == name]
    return found
