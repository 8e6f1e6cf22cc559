"""What the pool does now, for people: numbers, states and digests, nobody's text."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .memory import private_memory
from .profile import Profile

if TYPE_CHECKING:
    from .pool import Pool


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """`role`: what it is there for; `state`: what it does. `holds`: digest of its conversation. Seconds and bytes."""

    pid: int | None
    role: str
    state: str
    profile: dict[str, str | int | float]
    holds: str | None
    private_memory: int
    tokens_per_second: float | None
    since_seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the queue."""

    position: int
    waited_seconds: float
    estimated_seconds: float | None


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """`leases`: core numbers by what computes on them. `deaths`: of processes, that no request caused."""

    state: str
    failure: str
    places: int
    threads: int
    cores: int
    deaths: int
    processes: list[ProcessStatus]
    queue: list[Waiting]
    leases: list[tuple[int, ...]]


def describe(profile: Profile) -> dict[str, str | int | float]:
    """A profile without its text: the initial prompt as a digest."""
    return {
        "initial_prompt": hashlib.sha256(profile.initial.encode()).hexdigest()[:12],
        "context_size": profile.context_size,
        "threads": profile.threads,
        "temperature": profile.sampling.temperature,
        "top_p": profile.sampling.top_p,
    }


def pool_status(pool: Pool) -> PoolStatus:
    """A snapshot of a running pool."""
    now = time.monotonic()
    scheduler = pool.scheduler
    processes = []
    for slot, process in pool.fleet.processes.items():
        processes.append(
            ProcessStatus(
                pid=process.pid,
                role=slot.role.value,
                state=process.state.value,
                profile=describe(slot.profile),
                holds=slot.conversation[:12] if slot.conversation else None,
                private_memory=private_memory(process.pid) if process.pid else 0,
                tokens_per_second=process.tokens_per_second,
                since_seconds=round(now - process.since, 3),
            )
        )
    waiting = [
        Waiting(position, round(pool.waited(ticket, now), 3), scheduler.estimate(position))
        for position, ticket in enumerate(scheduler.waiting(), 1)
    ]
    return PoolStatus(
        state=pool.state.value,
        failure=pool.failure,
        places=scheduler.limits.places,
        threads=pool.team,
        cores=scheduler.limits.cores,
        deaths=pool.fleet.deaths.count,
        processes=processes,
        queue=waiting,
        leases=list(scheduler.leases.held.values()),
    )
