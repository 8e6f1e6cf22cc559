"""The pool's status in the terms of the engine interface."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict

from inference.engine.status import CoreLease, EngineHealth, EngineState, EngineStatus, QueuedRequest, WorkerStatus
from inference.machine.memory import private_memory

from .process.process import Process
from .requests.request import Request
from .scheduling.crashes import Crashes, CrashLog
from .scheduling.placement import placement
from .scheduling.scheduler import Scheduler
from .scheduling.slots import LeaseHolder, Slot, Ticket, Trial
from .workers import Workers


def worker_name(process: Process | None) -> str | None:
    """Return the name by which operators refer to a process: its process id."""
    return str(process.pid) if process and process.pid else None


def pool_status(
    scheduler: Scheduler,
    workers: Workers,
    requests: Mapping[Ticket, Request],
    crashes: CrashLog,
    *,
    model: str,
    threads: int,
    revision: int,
    health: EngineHealth,
    changing: bool,
) -> EngineStatus:
    """Return a snapshot of a running pool.

    `model`: id of the default. `threads`: of its processes. `changing`: see `EngineStatus`.
    """
    now = time.monotonic()
    processes, placed = workers.processes, placement(scheduler.leases, scheduler.serving)
    return EngineStatus(
        state=health.state,
        failure=health.failure,
        paused=health.paused,
        revision=revision,
        changing=changing,
        model=model,
        places=scheduler.limits.places,
        threads=threads,
        cores=scheduler.limits.cores,
        launches=dict(workers.launches),
        crashes=crashes.count,
        crashes_during_requests=crashes.during_requests,
        workers=[_worker(slot, workers.model(slot), processes.get(slot), now) for slot in scheduler.slots],
        queue=[
            _queued(ticket, requests[ticket].waited, position, scheduler.estimate(position))
            for position, ticket in enumerate(scheduler.waiting(), 1)
        ],
        leases=[_lease(processes, holder, cores) for holder, cores in placed.items()],
    )


def pool_health(scheduler: Scheduler, crashes: Crashes, refused_files: str, *, draining: bool) -> EngineHealth:
    """Return whether a running pool answers requests. `crashes`: of the default model's processes."""
    failure, warning = refused_files, ""
    if failure:
        pass
    elif scheduler.held:
        warning = "A file of the engine was replaced on disk and is being loaded. Requests wait."
    elif crashes.failed:
        failure = f"Engine processes keep crashing, {crashes.count} so far. The last crash: {crashes.reason}"
    elif crashes.repeated:
        warning = f"Launches fail and are retried. The last failure: {crashes.reason}"
    return EngineHealth(
        state=EngineState.DRAINING if draining else EngineState.RUNNING,
        paused=scheduler.paused,
        failure=failure,
        warning=warning,
        idle=not scheduler.leases.held and not scheduler.has_planned_launches,
    )


def _queued(ticket: Ticket, waited: float, position: int, estimate: float | None) -> QueuedRequest:
    return QueuedRequest(position, _caller_kind(ticket), round(waited, 3), estimate)


def _worker(slot: Slot, model: str, process: Process | None, now: float) -> WorkerStatus:
    profile = process.profile if process else slot.profile
    return WorkerStatus(
        worker=worker_name(process),
        role=slot.role.value,
        state=process.state.value if process else "planned",
        model=model,
        profile={
            "initial_prompt": hashlib.sha256(profile.initial.encode()).hexdigest()[:12],
            "context_size": profile.context_size,
            "threads": profile.threads,
            **asdict(profile.sampling),
        },
        holds=slot.conversation[:12] if slot.conversation else None,
        private_memory=private_memory(process.pid) if process and process.pid else 0,
        tokens_per_second=process.tokens_per_second if process else None,
        since_seconds=round(now - (process.since if process else slot.used_at), 3),
        pid=process.pid if process else None,
    )


def _lease(processes: Mapping[Slot, Process], holder: LeaseHolder, cores: tuple[int, ...]) -> CoreLease:
    if isinstance(holder, Trial):
        return CoreLease(cores, None, "trial")
    slot = holder.slot if isinstance(holder, Ticket) else holder
    caller = _caller_kind(holder) if isinstance(holder, Ticket) else ""
    worker = worker_name(processes.get(slot)) if slot else None
    return CoreLease(cores, worker, slot.role.value if slot else "loading", caller)


def _caller_kind(ticket: Ticket) -> str:
    """Return the kind of a caller (`key`, `user`, …), without its identity."""
    kind, separator, _ = ticket.caller.partition(":")
    return kind if separator else ""
