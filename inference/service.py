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
from typing import TYPE_CHECKING, Any

from django.conf import settings

from bitnetsite.env import env

from .callers import Caller
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
from .engine.gguf import ModelFile
from .engine_lock import EngineLock
from .model_files import ModelFolder
from .parameters import DEFAULT_MAX_TOKENS, DEFAULT_SYSTEM_PROMPT, DEFAULT_TEMPERATURE, DEFAULT_TOP_P

if TYPE_CHECKING:
    from .background_download import BackgroundDownload

log = logging.getLogger(__name__)

DEMO_MODEL = "BitNet Demo"  # general.name of the model that comes with the repository
DEMO_NOTICE = "The demo model answers: good for trying the server, not for facts. For real work, set MODEL_PATH."


@dataclass(frozen=True, slots=True)
class Health:
    """`status`: `ok`, `loading`, `downloading`, `degraded`, `failed` or `draining`; `detail`: what a person can do.

    `progress`: of a download; bytes, and bytes in all once they are known.
    """

    status: str
    detail: str
    progress: dict[str, int | None] | None = None


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


@dataclass(frozen=True, slots=True)
class Offer:
    """What an answer is made with where nothing else is asked for. `model` and `notice` are None while it loads."""

    model: str | None
    notice: str | None
    system_prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    context_size: int


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


def engine_lock() -> EngineLock:
    """To be held by whoever runs an engine."""
    return EngineLock(settings.DATA_DIR / "engine.lock")


class _Host:
    """The engine of this process, and how its start went."""

    def __init__(self) -> None:
        self.pool: Pool | None = None
        self.failure = ""
        self.lock = engine_lock()
        self.starting: asyncio.Task[None] | None = None
        self.download: BackgroundDownload | None = None
        self.models = ModelFolder(env("MODELS_DIR"))


_host = _Host()


async def start() -> None:
    """Start the engine; a failure is kept for `health` and for whoever asks for an answer.

    Where the model has to be fetched first, this does not wait for it.
    """
    if _host.starting is None:
        _host.download = _download()
        _host.starting = asyncio.create_task(_start())
    if _host.download is None:
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
        raise EngineUnavailable(health().detail)
    return _host.pool


async def limits() -> Limits:
    """The limits of the running engine. Raises as `engine`."""
    return limits_of(await engine())


def limits_of(pool: Pool) -> Limits:
    """The limits of an engine that has been started."""
    trained = pool.model.context_length
    return Limits(trained, min(pool.config.context_size, trained), pool.config.max_threads)


def offer() -> Offer:
    """What is served, without waiting for the engine. From any thread."""
    pool = _host.pool
    config = pool.config if pool else engine_config()
    context_size = limits_of(pool).context_size if pool else config.context_size
    return Offer(
        model=pool.model.name if pool else None,
        notice=notice(pool.model) if pool else None,
        system_prompt=config.system_prompt,
        temperature=config.sampling.temperature,
        top_p=config.sampling.top_p,
        max_tokens=min(DEFAULT_MAX_TOKENS, context_size),
        context_size=context_size,
    )


async def generate(request: GenerationRequest, caller: Caller) -> AsyncGenerator[Event, None]:
    """The events of one generation. Closing the iterator cancels it. Raises an EngineError where there is no answer."""
    pool = await engine()
    async with aclosing(pool.generate(request)) as events:
        async for event in events:
            yield event


async def whole(events: AsyncGenerator[Event, None]) -> Completion:
    """The answer of one generation, once it is all there."""
    text = ""
    async with aclosing(events):
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
    if download := _host.download:
        progress = {"bytes": download.progress.bytes, "total_bytes": download.progress.total_bytes}
        if download.failure:
            return Health("failed", download.failure, progress)
        return Health(
            "downloading", f"{download.progress.file} is being fetched; it is served once it is there.", progress
        )
    if pool is None and _host.starting is None:
        return Health("loading", "The engine starts with the first request, for this server started without it.")
    if pool is None:
        return Health("loading", "The model is being loaded.")
    if pool.state is not PoolState.RUNNING:
        return Health("draining", "The server is shutting down.")
    if failure := pool.failure:
        return Health("failed", failure)
    if pool.fleet.deaths.repeated:
        return Health("degraded", f"Launches fail, and are tried again. The last one: {pool.fleet.deaths.reason}")
    return Health("ok", "A process has answered, and requests are taken.")


def notice(model: ModelFile) -> str | None:
    """What everybody should know who reads answers of this model."""
    return DEMO_NOTICE if model.name == DEMO_MODEL else None


async def model_info() -> dict[str, Any]:
    """The model, the models folder, the settings in force and the pool's state, in JSON's terms. Raises as `engine`."""
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
        "notice": notice(model),
        "models": [asdict(each) for each in await _host.models.list()],
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


def _download() -> BackgroundDownload | None:
    """The download that the configuration asks for, if the model is not there."""
    if not env("FETCH_MODEL"):
        return None
    from .background_download import configured_download  # its libraries take a third of a second to load

    return configured_download()


async def _start() -> None:
    if _host.download:
        if failure := await _host.download.run():
            log.error("The model cannot be fetched: %s", failure)
            _host.failure = failure
        _host.download = None
    if not _host.failure:
        await _start_pool()


async def _start_pool() -> None:
    pool = Pool(engine_config())
    try:
        await _host.lock.acquire(env("DRAIN_TIMEOUT") + 5)
        await pool.start()
    except EngineError as error:
        log.error("The engine could not be started: %s", error)
        _host.failure = str(error)
        return
    except Exception as error:  # whatever it is: else the engine would be said to load for ever
        log.exception("The engine could not be started.")
        _host.failure = f"The engine could not be started ({error}). The server's log tells more; mend it and restart."
        return
    places = pool.scheduler.limits.places
    if told := notice(pool.model):
        log.info(told)
    log.info("Serving %s, answers at once: %d, threads for each: %d", pool.model.path.name, places, pool.team)
    _host.pool = pool
