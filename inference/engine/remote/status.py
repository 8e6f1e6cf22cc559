"""The status of several nodes as that of one engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from inference.engine.status import EngineHealth, EngineState, EngineStatus, MachineStatus, ModelInfo, ModelState
from inference.engine.wire import NodeStatus

from .known_node import KnownNode

READINESS = (ModelState.LOADED, ModelState.LOADING, ModelState.AVAILABLE, ModelState.FAILED)
SEPARATOR = "/"  # between a node and its worker


def joint_health(nodes: Sequence[NodeStatus], problems: Sequence[str], *, blocked: str, draining: bool) -> EngineHealth:
    """Return the health: requests are answered while one of these nodes answers them.

    `problems`: of the others. `blocked`: why requests reach none of them.
    """
    well = [each.health for each in nodes if each.health.state is EngineState.RUNNING]
    taking = [each for each in nodes if not each.held]
    if not well:
        failure = next(iter(problems), "No engine node answers requests.")
    else:
        failure = blocked if taking else "All engine nodes are paused or drained. Resume one of them."
    return EngineHealth(
        state=EngineState.DRAINING if draining else EngineState.RUNNING,
        paused=bool(well) and all(health.paused for health in well),
        failure=failure,
        warning=next((health.warning for health in well if health.warning), ""),
        idle=all(health.idle for health in well),
    )


def joint_status(
    nodes: Sequence[NodeStatus],
    health: EngineHealth,
    *,
    model: str,
    revision: int,
    changing: bool,
    machines: Sequence[MachineStatus] = (),
) -> EngineStatus:
    """Return the status: numbers are added, workers and leases are named after their nodes."""
    engines = [(each.node, each.engine) for each in nodes]
    first_core = accumulate((engine.cores for _, engine in engines), initial=0)  # the cores of all are counted through
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
            replace(each, worker=worker_of(node, each.worker), cores=tuple(first + core for core in each.cores))
            for first, (node, engine) in zip(first_core, engines, strict=False)
            for each in engine.leases
        ],
        machines=list(machines),
    )


def machine_status(node: KnownNode, problem: str) -> MachineStatus:
    """Return what there is to report of a node. `problem`: why it gets no requests."""
    status = node.status
    if status is None:
        return MachineStatus(node.address.url, node.address.url, problem)
    engine = status.engine
    return MachineStatus(
        node=status.node,
        url=node.address.url,
        failure=problem,
        held=status.held,
        version=status.version,
        program=status.program,
        model=engine.model,
        models=tuple(each.id for each in status.models if each.state is ModelState.LOADED),
        installed=status.installed,
        cores=status.cores,
        free_memory=status.free_memory,
        workers=sum(1 for each in engine.workers if each.worker),
        places=engine.places,
        answering=sum(1 for each in engine.workers if each.role == "serving"),
        waiting=len(engine.queue),
        crashes=engine.crashes + engine.crashes_during_requests,
        latency=node.latency,
        since=status.started,
    )


def joint_models(nodes: Sequence[NodeStatus], default: str) -> tuple[ModelInfo, ...]:
    """Return the models that all of these nodes serve, each in the best state that it has on one.

    `default`: id of the model that comes first; a node may have changed to another already.
    """
    if not nodes:
        return ()
    served = [{each.id: each for each in node.models} for node in nodes]
    common = [each for each in served[0] if all(each in models for models in served)]
    common.sort(key=lambda each: each != default)
    return tuple(min((models[each] for models in served), key=_closeness) for each in common)


def _closeness(model: ModelInfo) -> int:
    return READINESS.index(model.state)


def worker_of(node: str, worker: str | None) -> str | None:
    """Return the name of a node's worker among those of all nodes."""
    return f"{node}{SEPARATOR}{worker}" if worker else worker
