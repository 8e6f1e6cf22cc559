"""The status of several nodes as that of one engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from inference.engine.status import EngineHealth, EngineState, EngineStatus, ModelInfo
from inference.engine.wire import NodeStatus

SEPARATOR = "/"  # between a node and its worker


def joint_health(nodes: Sequence[NodeStatus], lost: Sequence[str], *, draining: bool) -> EngineHealth:
    """Return the health: requests are answered while one node answers them. `lost`: why other nodes do not answer."""
    running = [each.health for each in nodes if each.health.state is EngineState.RUNNING]
    well = [health for health in running if not health.failure]
    failures = [*(failure for each in nodes if (failure := each.failure or each.health.failure)), *lost]
    failure = "" if well else next(iter(failures), "No engine node answers requests.")
    return EngineHealth(
        state=EngineState.DRAINING if draining else EngineState.RUNNING,
        paused=bool(well) and all(health.paused for health in well),
        failure=failure,
        warning=next((health.warning for health in well if health.warning), ""),
        idle=all(health.idle for health in running),
    )


def joint_status(
    nodes: Sequence[NodeStatus], health: EngineHealth, *, model: str, revision: int, changing: bool
) -> EngineStatus:
    """Return the status: numbers are added, workers and leases are named after their nodes."""
    engines = [(each.node, each.engine) for each in nodes]
    launches: Counter[str] = Counter()
    for _, engine in engines:
        launches.update(engine.launches)
    return EngineStatus(
        state=health.state,
        model=model,
        failure=health.failure,
        paused=health.paused,
        revision=revision,
        changing=changing or any(engine.changing for _, engine in engines),
        places=sum(engine.places for _, engine in engines),
        threads=max((engine.threads for _, engine in engines), default=0),
        cores=sum(engine.cores for _, engine in engines),
        launches=dict(launches),
        crashes=sum(engine.crashes for _, engine in engines),
        crashes_during_requests=sum(engine.crashes_during_requests for _, engine in engines),
        workers=[
            replace(each, worker=worker_of(node, each.worker), pid=None)
            for node, engine in engines
            for each in engine.workers
        ],
        queue=[each for _, engine in engines for each in engine.queue],
        leases=[
            replace(each, worker=worker_of(node, each.worker)) for node, engine in engines for each in engine.leases
        ],
    )


def joint_models(nodes: Sequence[NodeStatus]) -> tuple[ModelInfo, ...]:
    """Return the models that any node serves, the default first."""
    models: dict[str, ModelInfo] = {}
    for node in nodes:
        for each in node.models:
            models.setdefault(each.id, each)
    return tuple(models.values())


def worker_of(node: str, worker: str | None) -> str | None:
    """Return the name of a node's worker among those of all nodes."""
    return f"{node}{SEPARATOR}{worker}" if worker else worker
