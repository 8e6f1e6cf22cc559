"""The status of an engine: numbers, states and digests, never users' texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EngineState(StrEnum):
    """The lifecycle of an engine: STOPPED → LOADING → RUNNING → DRAINING → STOPPED; LOADING → STOPPED on failure."""

    STOPPED = "stopped"
    LOADING = "loading"  # reads the model and checks that it answers
    RUNNING = "running"
    DRAINING = "draining"  # running answers finish, new requests are refused


class ModelState(StrEnum):
    """Whether requests for a model are answered at once."""

    LOADED = "loaded"
    LOADING = "loading"  # a request for it has been granted
    AVAILABLE = "available"  # is loaded when a request asks for it
    FAILED = "failed"  # the last attempt to load it failed


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an engine serves. `id`: what requests name it by. `name`: for people. `failure`: why it could not be
    loaded, for administrators. `file`: name without folders. `size`: bytes. `modified`: when the file was last written,
    in seconds since 1970. `context_length`: tokens, trained.

    `description` is empty if the file has none. `quantization`: the tensor type of most weights outside the embeddings,
    such as `TQ2_0` or `I2_S`. `cannot_chat`: why it only completes texts; empty if it can chat, or is not loaded.
    `can_think`: it is loaded, and can think before it answers. `fingerprint`: equal where the files are. What stands in
    the file is empty or 0 until it has been read, and if it cannot be read.
    """

    id: str
    name: str
    state: ModelState
    failure: str = ""
    description: str = ""
    file: str = ""
    size: int = 0
    modified: int = 0
    architecture: str = ""
    parameter_count: int = 0
    quantization: str = ""
    context_length: int = 0
    vocabulary_size: int = 0
    cannot_chat: str = ""
    can_think: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """`failure`: why no requests can be answered, empty if they can. `warning`: what is wrong although they can be.

    `idle`: nothing is computed, and nothing is left to prepare.
    """

    state: EngineState
    paused: bool = False
    failure: str = ""
    warning: str = ""
    idle: bool = True


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker computes answers; it may be a process. `worker`: its opaque name, None until it has been launched.

    `role`: what it is for. `state`: what it does; `planned` until it has been launched. `model`: id. `profile`:
    what it was launched with, in the engine's own terms. `holds`: digest of its conversation. `private_memory`: bytes.
    `tokens_per_second`: of its current or last answer. `since_seconds`: time in this state. `pid`: process id, if it
    runs on this machine.
    """

    worker: str | None
    role: str
    state: str
    model: str
    profile: dict[str, Any]
    holds: str | None
    private_memory: int
    tokens_per_second: float | None
    since_seconds: float
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """A request in the queue. `caller`: the kind of caller (`key`, `user`, …), not who it is."""

    position: int
    caller: str
    waited_seconds: float
    estimated_seconds: float | None


@dataclass(frozen=True, slots=True)
class CoreLease:
    """The cores of one computation: those reserved for it, and those that it uses while they are free.

    `worker`: None until it has been launched. `caller`: the kind of caller that it computes for, empty if it is
    launched ahead of demand.
    """

    cores: tuple[int, ...]
    worker: str | None
    role: str
    caller: str = ""


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """A machine that runs a part of the engine. `node`: its name. `url`: where the server reaches it.

    `failure`: why it gets no requests; empty if it gets them. `held`: an administrator has paused or drained it.
    `version`: of what it understands. `program`: what computes. `model`: id of its default model; `models`: those that
    are loaded. `cores`, `free_memory` (bytes): of the machine. `workers`, `places`, `answering`, `waiting`: numbers.
    `installed`: names of the models that it has, by id. `latency`: seconds that it took to report this; None if it does
    not answer. `since`: when it started, in seconds since 1970.
    """

    node: str
    url: str = ""
    failure: str = ""
    held: str = ""
    version: int = 0
    program: str = ""
    model: str = ""
    models: tuple[str, ...] = ()
    installed: dict[str, str] = field(default_factory=dict)
    cores: int = 0
    free_memory: int = 0
    workers: int = 0
    places: int = 0
    answering: int = 0
    waiting: int = 0
    crashes: int = 0
    latency: float | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """`revision`: of the configuration, counted from 1. `changing`: a new configuration is being applied.

    `model`: id of the default model. `places`: concurrent answers. `threads`: of each worker. `launches`: workers
    launched so far, by purpose. `crashes`: workers that ended unexpectedly while they served no request;
    `crashes_during_requests`: the others. `machines`: where it runs; empty if that is this machine.
    """

    state: str
    model: str
    failure: str = ""
    paused: bool = False
    revision: int = 0
    changing: bool = False
    places: int = 0
    threads: int = 0
    cores: int = 0
    launches: dict[str, int] = field(default_factory=dict)
    crashes: int = 0
    crashes_during_requests: int = 0
    workers: list[WorkerStatus] = field(default_factory=list)
    queue: list[QueuedRequest] = field(default_factory=list)
    leases: list[CoreLease] = field(default_factory=list)
    machines: list[MachineStatus] = field(default_factory=list)
