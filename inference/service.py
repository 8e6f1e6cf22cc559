"""The one door to the engine: views, sockets and commands call these functions, and nothing else reaches it.

There is one engine per server process. It starts with the server, or at the first request where nothing starts it
(`manage.py runserver`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from bitnetsite.env import env

from .engine import (
    EngineConfig,
    Event,
    Finished,
    GenerationRequest,
    Pool,
    PoolState,
    ProcessTimeouts,
    Sampling,
    Text,
)
from .engine.exceptions import EngineError, EngineStopping, EngineUnavailable
from .machine_lock import MachineLock
from .parameters import DEFAULT_SYSTEM_PROMPT, DEFAULT_TEMPERATURE, DEFAULT_TOP_P

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """`status`: `ok`, `loading`, `degraded`, `failed` or `draining`; `detail` says what a person can do about it."""

    status: str
    detail: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer."""

    text: str
    finished: Finished


@dataclass(frozen=True, slots=True)
class Limits:
    """What the model and the configuration allow. Tokens, and threads."""

    trained_context: int
    context_size: int
    max_threads: int


def engine_config(**changes: Any) -> EngineConfig:
    """What the environment says, with `changes`."""
    values: dict[str, Any] = {
        "llama_cli": env("LLAMA_CLI"),
        "model": env("MODEL_PATH"),
        "cache_folder": settings.DATA_DIR / "prompt_cache",
        "extra_arguments": env("LLAMA_ARGS"),
        "chat_template": env("CHAT_TEMPLATE") or None,
        "max_threads": env("MAX_THREADS"),
        "model_instances": env("MODEL_INSTANCES"),
        "standby_instances": env("STANDBY_INSTANCES"),
        "resident_instances": env("RESIDENT_INSTANCES"),
        "resident_idle": env("RESIDENT_IDLE"),
        "max_queue": env("MAX_QUEUE"),
        "queue_timeout": env("QUEUE_TIMEOUT"),
        "timeouts": ProcessTimeouts(env("LAUNCH_TIMEOUT"), env("FIRST_TOKEN_TIMEOUT"), env("TOKEN_TIMEOUT")),
        "system_prompt": DEFAULT_SYSTEM_PROMPT,
        "sampling": Sampling(DEFAULT_TEMPERATURE, DEFAULT_TOP_P),
        "context_size": env("CONTEXT_SIZE"),
    }
    return EngineConfig(**(values | changes))


class _Host:
    """The engine of this process, and how its start went."""

    def __init__(self) -> None:
        self.pool: Pool | None = None
        self.failure = ""
        self.lock = MachineLock(settings.DATA_DIR / "engine.lock")
        self.starting: asyncio.Task[None] | None = None


_host = _Host()


async def start() -> None:
    """Start the engine; a failure is kept for `health` and for whoever asks for an answer."""
    if _host.starting is None:
        _host.starting = asyncio.create_task(_start())
    await asyncio.shield(_host.starting)


async def drain(seconds: float) -> None:
    """Refuse new requests and give running answers so long to finish."""
    if _host.pool:
        await _host.pool.drain(seconds)


async def stop() -> None:
    """End the engine's processes, and answers that still run."""
    if _host.starting:
        _host.starting.cancel()
        await asyncio.wait([_host.starting])
    if _host.pool:
        await _host.pool.stop()
    _host.lock.release()
    _host.pool, _host.starting, _host.failure = None, None, ""


async def engine() -> Pool:
    """The running engine; waits while it starts. Raises EngineUnavailable where it could not be started."""
    await start()
    if _host.pool is None:
        raise EngineUnavailable(_host.failure)
    return _host.pool


async def limits() -> Limits:
    """The limits of the running engine. Raises as `engine`."""
    pool = await engine()
    trained = pool.model.context_length
    return Limits(trained, min(pool.config.context_size, trained), pool.config.max_threads)


async def generate(request: GenerationRequest) -> AsyncGenerator[Event, None]:
    """The events of one generation. Closing the iterator cancels it. Raises an EngineError where there is no answer."""
    pool = await engine()
    async with aclosing(pool.generate(request)) as events:
        async for event in events:
            yield event


async def complete(request: GenerationRequest) -> Completion:
    """One generation, whole."""
    text = ""
    async with aclosing(generate(request)) as events:
        async for event in events:
            if isinstance(event, Text):
                text += event.text
            elif isinstance(event, Finished):
                return Completion(text, event)
    raise EngineStopping("The answer ended without an end. Try again.")


def health() -> Health:
    """Whether answers can be had now."""
    pool = _host.pool
    if _host.failure:
        return Health("failed", _host.failure)
    if pool is None:
        return Health("loading", "The model is being loaded.")
    if pool.state is not PoolState.RUNNING:
        return Health("draining", "The server is shutting down.")
    if failure := pool.failure:
        return Health("failed", failure)
    if pool.fleet.deaths.repeated:
        return Health("degraded", f"Launches fail, and are tried again. The last one: {pool.fleet.deaths.reason}")
    return Health("ok", "A process has answered, and requests are taken.")


async def model_info() -> dict[str, Any]:
    """The model file, the settings in force and the pool's state, in JSON's terms. Raises as `engine`."""
    pool = await engine()
    model = pool.model
    return {
        "model": {
            "name": model.name,
            "description": model.description,
            "file": model.path.name,
            "file_size": model.size,
            "architecture": model.architecture,
            "parameter_count": model.parameter_count,
            "quantization": model.quantization,
            "context_length": model.context_length,
            "vocabulary_size": model.vocabulary_size,
        },
        "settings": {
            "max_threads": pool.config.max_threads,
            "model_instances": pool.config.model_instances,
            "context_size": min(pool.config.context_size, model.context_length),
            "system_prompt": pool.config.system_prompt,
            "temperature": pool.config.sampling.temperature,
            "top_p": pool.config.sampling.top_p,
        },
        "pool": asdict(pool.status()),
    }


async def _start() -> None:
    pool = Pool(engine_config())
    try:
        await _host.lock.acquire(env("DRAIN_TIMEOUT") + 5)
        await pool.start()
    except EngineError as error:
        log.error("The engine could not be started: %s", error)
        _host.failure = str(error)
        return
    places = pool.scheduler.limits.places
    log.info("Serving %s, answers at once: %d, threads for each: %d", pool.model.path.name, places, pool.team)
    _host.pool = pool
