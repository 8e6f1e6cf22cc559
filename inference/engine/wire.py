"""The values of the engine interface as JSON, between a server and its engine nodes.

One generation is a stream of server-sent events: one frame for each event of the engine, under the name of its class in
lower case, then nothing more after `finished` or `error`. A comment every HEARTBEAT seconds shows that the node lives.
Both sides run the same version of this module: see `VERSION`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, get_args

import msgspec

from .config import EngineConfig
from .errors import EngineError, restored_error
from .status import EngineHealth, EngineStatus, ModelInfo
from .types import Event, PromptSize, Sampling

VERSION: Final = 1  # of the node's API; it changes when a message does
HEARTBEAT: Final = 2.0  # seconds between two comments in a stream
FRONT_SILENCE: Final = 4.0  # seconds after which a server that is not heard of has lost its generations
COMMENT: Final = b":\n\n"
MAX_FRAME: Final = 1 << 20  # bytes; a frame holds a piece of one answer

FRONT_HEADER: Final = "X-Front"  # names the server that asks, one value for each of its processes
REVISION_HEADER: Final = "X-Settings-Revision"
VERSION_HEADER: Final = "X-Engine-Version"  # VERSION of the server
AFFINITY_HEADER: Final = "X-Affinity"  # for a balancer: equal for all turns of a conversation
NODE_HEADER: Final = "X-Node"  # the node that answers

_KINDS: Final = {kind.__name__.lower(): kind for kind in (*get_args(Event), PromptSize)}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}

T = TypeVar("T")
Part = Event | PromptSize | None  # of a stream; None is a comment


class WireError(Exception):
    """What came is not of this protocol."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """The part of an `EngineConfig` that a server decides for its nodes: everything but files and programs.

    `model`: id of the default model. `models`: ids of those that may be asked for; empty for all that a node has. The
    other fields are those of `EngineConfig`.
    """

    model: str
    models: tuple[str, ...] = ()
    max_models: int | None = None
    chat_template: str | None = None
    max_threads: int = 4
    model_instances: int = 1
    prelaunch: int | None = None
    max_queue: int = 64
    max_requests_per_caller: int | None = None
    queue_timeout: float = 120.0
    system_prompt: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    context_size: int = 2048

    @classmethod
    def of(cls, config: EngineConfig) -> NodeSettings:
        """Return the settings of a server's own configuration."""
        same = {name: getattr(config, name) for name in cls.__slots__ if name not in ("model", "models")}
        return cls(model=config.default_model.id, models=tuple(each.id for each in config.models), **same)


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """The state of a node. `version`: of the protocol. `revision`: of the settings that it follows, 0 for its own.

    `failure`: why its engine could not be started. `excluded`: why the server gives it no requests; `held`: an
    administrator has paused or drained it. `installed`: names of the models that it has, by id. `program`, `arguments`:
    of its engine. `cores`, `free_memory` (bytes): of its machine. `started`: seconds since 1970.
    """

    node: str
    version: int
    started: float
    revision: int
    failure: str
    excluded: str
    held: str
    installed: dict[str, str]
    program: str
    arguments: str
    cores: int
    free_memory: int
    health: EngineHealth
    engine: EngineStatus
    models: tuple[ModelInfo, ...]


def encode(value: object) -> Any:
    """Return a value of the interface as JSON's types."""
    return msgspec.to_builtins(value)


def decode(kind: type[T], data: object) -> T:
    """Return a value from JSON's types. Raise WireError."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise WireError(f"This is no {kind.__name__} of version {VERSION}: {error}") from error


def error_body(error: EngineError) -> dict[str, Any]:
    """Return an error with its attributes."""
    return {"code": error.code, "message": str(error), "attributes": error.__dict__}


def decode_error(data: object) -> EngineError:
    """Return an error as it was raised. Raise WireError."""
    if isinstance(data, dict) and {"code", "message", "attributes"} <= data.keys():
        return restored_error(data["code"], data["message"], data["attributes"])
    raise WireError("This is no error of the engine.")


def frame(value: Event | PromptSize | EngineError) -> bytes:
    """Return one frame of a stream."""
    name, data = (
        ("error", error_body(value)) if isinstance(value, EngineError) else (_NAMES[type(value)], encode(value))
    )
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()  # ASCII: no character ends a line early


async def frames(chunks: AsyncIterator[bytes]) -> AsyncGenerator[Part, None]:
    """Yield what the frames of a stream contain, and None for a comment. Raise the error in it, or WireError."""
    waiting = b""
    async for chunk in chunks:
        *complete, waiting = (waiting + chunk).split(b"\n\n")
        for each in complete:
            yield _parsed(each)
        if len(waiting) > MAX_FRAME:
            raise WireError(f"A frame of the stream has more than {MAX_FRAME} bytes.")


def _parsed(data: bytes) -> Part:
    if data == b":":
        return None
    name, separator, body = data.partition(b"\ndata: ")
    kind = name.removeprefix(b"event: ").decode(errors="replace")
    if not separator or (kind != "error" and kind not in _KINDS):
        raise WireError(f"A frame of the stream is not of version {VERSION}.")
    try:
        decoded = json.loads(body)
    except ValueError as error:
        raise WireError("A frame of the stream contains no JSON.") from error
    if kind == "error":
        raise decode_error(decoded)
    part: Part = decode(_KINDS[kind], decoded)
    return part
