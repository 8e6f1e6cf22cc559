"""The engine's machines, in words for operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from inference.engine.status import MachineStatus
from inference.monitoring.diagnostics.check import in_bytes

HELD: Final = {"paused": "Paused", "drained": "Drained"}


@dataclass(frozen=True, slots=True)
class MachineRow:
    """One engine node. `state`: for people, with `look` as its class. `problem`: why it gets no requests.

    `answers`: running ones of its places. `about`: what it runs.
    """

    node: str
    url: str
    state: str
    look: str
    problem: str
    held: bool
    answers: bool
    running: str
    waiting: int
    workers: int
    cores: int
    memory: str
    latency: str
    about: str


def machine_row(machine: MachineStatus) -> MachineRow:
    """Return the row of a node."""
    alive = machine.latency is not None
    state = HELD.get(machine.held, "Ready") if not machine.failure else "No requests" if alive else "Lost"
    look = "failed" if machine.failure else "paused" if machine.held else "ok"
    models = ", ".join(machine.models) or machine.model
    return MachineRow(
        node=machine.node,
        url=machine.url,
        state=state,
        look=look,
        problem=machine.failure,
        held=bool(machine.held),
        answers=alive,
        running=f"{machine.answering} of {machine.places}" if alive else "–",
        waiting=machine.waiting,
        workers=machine.workers,
        cores=machine.cores,
        memory=in_bytes(machine.free_memory) if alive else "–",
        latency=f"{(machine.latency or 0.0) * 1000:.0f} ms" if alive else "–",
        about=f"{models}, {machine.program}, version {machine.version}" if alive else "",
    )
