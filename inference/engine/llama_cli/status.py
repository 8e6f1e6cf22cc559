"""What the pool does now, for people: numbers, states and digests, nobody's text."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from inference.engine.llama_cli.process.process import Process
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Holder, Slot, Ticket, Trial
from inference.machine.memory import private_memory

from .fleet import Fleet
from .runtime import Loaded


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """`role`: what it is there for; `state`: what it does, `wanted` while it is not launched yet.

    `model`: name of the file. `profile` has the seed of the launch. `holds`: digest of its conversation. Memory in
    bytes, times in seconds. `tokens_per_second`: of the answer that it makes, or made last. `since_seconds`: in this
    state.
    """

    pid: int | None
    role: str
    state: str
    model: str
    profile: dict[str, str | int | float | None]
    holds: str | None
    private_memory: int
    tokens_per_second: float | None
    since_seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the queue. `owner`: what kind of caller, as the owner's name begins: `key`, `user`, …"""

    position: int
    owner: str
    waited_seconds: float
    estimated_seconds: float | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Core numbers, and the process that computes on them; `pid` None while it is not launched yet.

    `owner`: the kind of caller that it computes for, empty where it is launched ahead.
    """

    cores: tuple[int, ...]
    pid: int | None
    role: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """`revision`: of the configuration, from 1; `changing`: to another.

    `paused`: running answers finish, and nothing new is begun. `launches`: of processes so far, by what they were for;
    `deaths`: of these, that no request caused, and `deaths_over_requests` the others.
    """

    state: str
    failure: str
    paused: bool
    revision: int
    changing: bool
    model: str
    places: int
    threads: int
    cores: int
    launches: dict[str, int]
    deaths: int
    deaths_over_requests: int
    processes: list[ProcessStatus]
    queue: list[Waiting]
    leases: list[Lease]


def pool_status(
    scheduler: Scheduler,
    fleet: Fleet,
    loaded: Loaded,
    *,
    state: str,
    failure: str,
    changing: bool,
    waited: Callable[[Ticket], float],
) -> PoolStatus:
    """A snapshot of a running pool. `waited`: seconds that a ticket has been here."""
    now = time.monotonic()
    processes = fleet.processes
    waiting = [
        Waiting(position, _kind(ticket), round(waited(ticket), 3), scheduler.estimate(position))
        for position, ticket in enumerate(scheduler.waiting(), 1)
    ]
    return PoolStatus(
        state=state,
        failure=failure,
        paused=scheduler.paused,
        revision=loaded.revision,
        changing=changing,
        model=loaded.model.path.name,
        places=scheduler.limits.places,
        threads=scheduler.limits.team,
        cores=scheduler.limits.cores,
        launches=dict(fleet.launches),
        deaths=fleet.deaths.count,
        deaths_over_requests=fleet.deaths_over_requests,
        processes=[_process_status(slot, fleet.model_name(slot), processes.get(slot), now) for slot in scheduler.slots],
        queue=waiting,
        leases=[_lease(processes, holder, cores) for holder, cores in scheduler.leases.held.items()],
    )


def _process_status(slot: Slot, model: str, process: Process | None, now: float) -> ProcessStatus:
    pid = process.pid if process else None
    profile = process.profile if process else slot.profile
    return ProcessStatus(
        pid=pid,
        role=slot.role.value,
        state=process.state.value if process else "wanted",
        model=model,
        profile={
            "initial_prompt": hashlib.sha256(profile.initial.encode()).hexdigest()[:12],
            "context_size": profile.context_size,
            "threads": profile.threads,
            **asdict(profile.sampling),
        },
        holds=slot.conversation[:12] if slot.conversation else None,
        private_memory=private_memory(pid) if pid else 0,
        tokens_per_second=process.tokens_per_second if process else None,
        since_seconds=round(now - (process.since if process else slot.used_at), 3),
    )


def _lease(processes: Mapping[Slot, Process], holder: Holder, cores: tuple[int, ...]) -> Lease:
    if isinstance(holder, Trial):
        return Lease(cores, None, "trial")
    slot = holder.slot if isinstance(holder, Ticket) else holder
    process = processes.get(slot) if slot else None
    owner = _kind(holder) if isinstance(holder, Ticket) else ""
    return Lease(cores, process.pid if process else None, slot.role.value if slot else "", owner)


def _kind(ticket: Ticket) -> str:
    """Of its owner, without who it is."""
    return ticket.owner.partition(":")[0] if ":" in ticket.owner else ""
