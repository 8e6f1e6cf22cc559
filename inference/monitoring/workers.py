"""The engine's models, workers, leases and queue, in words for operators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from inference.engine.status import CoreLease, EngineStatus, ModelInfo, ModelState, WorkerStatus
from inference.monitoring.diagnostics.check import count, in_bytes

from .machines import MachineRow, machine_row
from .plots import seconds

OWNERS: Final = {"key": "an API key", "user": "a user", "visitor": "a visitor", "address": "a caller without a key"}
ROLES: Final = ("serving", "warming", "standby", "resident")  # in the order of the list
WEIGHTS: Final = {"serving": "full", "warming": "half", "trial": "half"}  # the icon: computing, preparing, idle
STATES: Final = {
    ModelState.LOADED: "loaded",
    ModelState.LOADING: "being loaded",
    ModelState.AVAILABLE: "not loaded",
    ModelState.FAILED: "failed",
}
STATE_WEIGHTS: Final = {ModelState.LOADED: "full", ModelState.LOADING: "half"}
TRIAL: Final = "tests other settings"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One served model. `weight`: of its icon. `size`: of its file, whose weights all of its workers share.

    `workers`: their number, `memory`: their own.
    """

    id: str
    name: str
    state: str
    weight: str
    failure: str
    size: str
    workers: int
    memory: str


@dataclass(frozen=True, slots=True)
class Row:
    """One worker. `weight`: of its icon; `model`: its name; `profile`: its launch parameters in words."""

    worker: str | None
    model: str
    role: str
    state: str
    weight: str
    profile: str
    conversation: str
    memory: str
    speed: str
    since: str


@dataclass(frozen=True, slots=True)
class Team:
    """Cores that one worker uses, or that are free. `owner`: the kind of caller that it computes for."""

    cores: tuple[int, ...]
    weight: str
    name: str
    owner: str

    @property
    def numbers(self) -> str:
        """Return them as in `cores 0 to 3`."""
        first, last = self.cores[0], self.cores[-1]
        if len(self.cores) == 1:
            return f"core {first}"
        if last - first + 1 == len(self.cores):
            return f"cores {first} to {last}"
        return "cores " + ", ".join(map(str, self.cores))


@dataclass(frozen=True, slots=True)
class Place:
    """One request in the queue."""

    position: int
    owner: str
    waited: str
    estimated: str


@dataclass(frozen=True, slots=True)
class Now:
    """What runs now. `running`: answers being generated; `memory`: of all workers, without the models."""

    models: list[ModelRow]
    machines: list[MachineRow]
    rows: list[Row]
    teams: list[Team]
    queue: list[Place]
    waiting: int
    running: int
    idle: str
    memory: str


MAX_PLACES: Final = 20  # of the queue that are listed


def running(status: EngineStatus, models: Sequence[ModelInfo]) -> Now:
    """Return what runs now, in a stable order."""
    names = {model.id: model.name for model in models}
    processes = sorted(
        status.workers, key=lambda each: (ROLES.index(each.role) if each.role in ROLES else 9, each.worker or "")
    )
    roles = Counter(each.role for each in processes)
    return Now(
        models=[_model(each, processes) for each in models],
        machines=[machine_row(each) for each in status.machines],
        rows=[_row(each, names.get(each.model, each.model)) for each in processes],
        teams=_teams(status),
        queue=[
            Place(
                each.position,
                owner(each.caller),
                seconds(round(each.waited_seconds)),
                _estimated(each.estimated_seconds),
            )
            for each in status.queue[:MAX_PLACES]
        ],
        waiting=len(status.queue),
        running=roles["serving"],
        idle=", ".join(count(roles[role], role) for role in ("warming", "standby", "resident") if roles[role]),
        memory=in_bytes(sum(each.private_memory for each in processes)),
    )


def owner(kind: str) -> str:
    """Return the kind of caller in words."""
    return OWNERS.get(kind, "a caller")


def _model(model: ModelInfo, processes: Iterable[WorkerStatus]) -> ModelRow:
    workers = [process for process in processes if process.model == model.id]
    return ModelRow(
        id=model.id,
        name=model.name,
        state=STATES[model.state],
        weight=STATE_WEIGHTS.get(model.state, "hollow"),
        failure=model.failure,
        size=in_bytes(model.size) if model.size else "–",
        workers=len(workers),
        memory=in_bytes(sum(each.private_memory for each in workers)) if workers else "–",
    )


def _row(process: WorkerStatus, model: str) -> Row:
    speed = process.tokens_per_second
    return Row(
        worker=process.worker,
        model=model,
        role=process.role,
        state=process.state,
        weight=WEIGHTS.get(process.role, "hollow"),
        profile=_profile(process),
        conversation=process.holds or "",
        memory=in_bytes(process.private_memory) if process.private_memory else "–",
        speed="–" if speed is None else f"{speed:.1f}",
        since=seconds(round(process.since_seconds)),
    )


def _profile(process: WorkerStatus) -> str:
    """Return its numbers only, no texts."""
    launched = process.profile
    sampling = [f"temperature {launched['temperature']:g}"]
    if launched["temperature"]:
        sampling.append(f"top-p {launched['top_p']:g}")
    threads = launched["threads"]
    return ", ".join(
        [*sampling, f"context {launched['context_size']:,}", f"{threads} thread{'' if threads == 1 else 's'}"]
    )


def _teams(status: EngineStatus) -> list[Team]:
    teams = [_team(lease) for lease in status.leases]
    held = {core for lease in status.leases for core in lease.cores}
    if free := tuple(core for core in range(status.cores) if core not in held):
        teams.append(Team(free, "hollow", "free", ""))
    return sorted(teams, key=lambda team: team.cores)


def _team(lease: CoreLease) -> Team:
    if lease.role == "trial":
        return Team(lease.cores, "half", TRIAL, "")
    name = f"process {lease.worker}" if lease.worker else "a process that is being launched"
    return Team(lease.cores, WEIGHTS.get(lease.role, "half"), name, owner(lease.caller) if lease.caller else "")


def _estimated(estimate: float | None) -> str:
    return "" if estimate is None else f"about {seconds(max(1, round(estimate)))}"
