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

from . import configuration
from .callers import Caller
from .configuration import Configuration
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
from .history import history, keep_event
from .history_pruning import prune_daily
from .model_files import ModelFolder
from .models import EngineEvent
from .outcome import followed
from .signals import configuration_changed

if TYPE_CHECKING:
    from .background_download import BackgroundDownload

log = logging.getLogger(__name__)

FLUSH = 5.0  # seconds that the history gets to be written at the end
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
    """What is in force, with `changes`."""
    in_force = configuration.current()
    values: dict[str, Any] = {
        "llama_cli": env("LLAMA_CLI"),
        "model": in_force.model,
        "cache_folder": settings.DATA_DIR / "prompt_cache",
        "extra_arguments": env("LLAMA_ARGS"),
        "chat_template": env("CHAT_TEMPLATE") or None,
        "max_threads": in_force.max_threads,
        "model_instances": in_force.model_instances,
        "standby_instances": env("STANDBY_INSTANCES"),
        "resident_instances": env("RESIDENT_INSTANCES"),
        "resident_idle": env("RESIDENT_IDLE"),
        "max_queue": in_force.max_queue,
        "owner_share": in_force.most_per_owner,
        "queue_timeout": in_force.queue_timeout,
        "timeouts": ProcessTimeouts(env("LAUNCH_TIMEOUT"), env("FIRST_TOKEN_TIMEOUT"), env("TOKEN_TIMEOUT")),
        "system_prompt": in_force.system_prompt,
        "sampling": Sampling(in_force.temperature, in_force.top_p),
        "context_size": in_force.context_size,
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
        self.loop: asyncio.AbstractEventLoop | None = None
        self.background: list[asyncio.Task[None]] = []
        self.changing: asyncio.Task[None] | None = None
        self.refused: EngineConfig | None = None  # the last change that the engine could not follow
        self.change_failure = ""


_host = _Host()


async def start() -> None:
    """Start the engine; a failure is kept for `health` and for whoever asks for an answer.

    Where the model has to be fetched first, this does not wait for it.
    """
    if _host.starting is None:
        _host.loop = asyncio.get_running_loop()
        _host.download = _download()
        _host.starting = asyncio.create_task(_start())
        _host.background = [asyncio.create_task(configuration.watch()), asyncio.create_task(prune_daily())]
    if _host.download is None:
        await asyncio.shield(_host.starting)


async def drain(seconds: float) -> None:
    """Refuse new requests and give running answers so long to finish."""
    if _host.pool:
        await _host.pool.drain(seconds)


async def stop() -> None:
    """End the engine's processes and answers that still run, and write what the history still holds."""
    ending = [task for task in (_host.starting, _host.changing, *_host.background) if task]
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)
    if _host.pool:
        await _host.pool.stop()
    _host.lock.release()
    _host.pool, _host.starting, _host.changing, _host.loop, _host.background = None, None, None, None, []
    _host.failure, _host.refused, _host.change_failure = "", None, ""
    if not await asyncio.to_thread(history.flush, FLUSH):
        log.error("%d entries of the history are lost, for the database does not take them.", history.waiting)


async def engine() -> Pool:
    """The running engine; waits while it starts. Raises EngineUnavailable where it could not be started."""
    await start()
    if _host.pool is None:
        raise EngineUnavailable(health().detail)
    return _host.pool


def running_engine() -> Pool | None:
    """The engine, if it runs; does not start it."""
    return _host.pool


async def limits() -> Limits:
    """The limits of the running engine. Raises as `engine`."""
    return limits_of(await engine())


def limits_of(pool: Pool) -> Limits:
    """The limits of an engine that has been started."""
    trained = pool.model.context_length
    return Limits(trained, min(pool.config.context_size, trained), pool.config.max_threads)


def default_tokens(context_size: int) -> int:
    """Tokens of an answer in such a context, where nobody says how many."""
    in_force = configuration.current()
    return min(in_force.max_tokens, most_tokens(context_size))


def most_tokens(context_size: int) -> int:
    """Tokens of an answer in such a context that may be asked for."""
    return min(configuration.current().most_tokens or context_size, context_size)


def offer() -> Offer:
    """What is served, without waiting for the engine. From any thread."""
    pool = _host.pool
    in_force = configuration.current()
    context_size = limits_of(pool).context_size if pool else in_force.context_size
    return Offer(
        model=pool.model.name if pool else None,
        notice=notice(pool.model) if pool else None,
        system_prompt=in_force.system_prompt,
        temperature=in_force.temperature,
        top_p=in_force.top_p,
        max_tokens=default_tokens(context_size),
        context_size=context_size,
    )


async def generate(request: GenerationRequest, caller: Caller) -> AsyncGenerator[Event, None]:
    """The events of one generation. Closing the iterator cancels it. Raises an EngineError where there is no answer."""
    async with aclosing(followed(engine, request, caller)) as events:
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


def configuration_failure() -> str:
    """Why the engine does not follow the settings: it goes on as it was. Empty where it does."""
    return _host.change_failure


def reconfigure() -> None:
    """Bring the engine to what is in force, in the background, one change at a time. From any thread."""
    if _host.loop:
        _host.loop.call_soon_threadsafe(_change)


def notice(model: ModelFile) -> str | None:
    """What everybody should know who reads answers of this model."""
    return DEMO_NOTICE if model.name == DEMO_MODEL else None


async def model_info() -> dict[str, Any]:
    """The model, the models folder, the settings in force and the pool's state, in JSON's terms. Raises as `engine`."""
    pool = await engine()
    model, in_force = pool.model, configuration.current()
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
            "system_prompt": in_force.system_prompt,
            "temperature": in_force.temperature,
            "top_p": in_force.top_p,
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
    await configuration.load()
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
        _host.lock.release()
        return
    except Exception as error:  # whatever it is: else the engine would be said to load for ever
        log.exception("The engine could not be started.")
        _host.failure = f"The engine could not be started ({error}). The server's log tells more; mend it and restart."
        _host.lock.release()
        return
    places = pool.scheduler.limits.places
    if told := notice(pool.model):
        log.info(told)
    log.info("Serving %s, answers at once: %d, threads for each: %d", pool.model.path.name, places, pool.team)
    _host.pool = pool
    _host.failure = ""
    keep_event(EngineEvent.Kind.START, f"Serving {pool.model.path.name}.")
    _change()  # what was set while it started


def _change() -> None:
    """Begin to follow the settings, where the engine does not already, or is about to."""
    if _host.changing is None or _host.changing.done():
        _host.changing = asyncio.create_task(_follow_settings())


async def _follow_settings() -> None:
    """Until the engine is as the settings say, or has refused to."""
    if _host.starting:
        await asyncio.wait([_host.starting])
    while (config := engine_config()) != _host.refused:
        pool = _host.pool
        if pool is None:
            if not _host.failure:
                return
            await _start_pool()  # it could not be started with what was set before
            if _host.failure:
                _host.refused = config
            return
        if pool.config == config:
            _host.refused, _host.change_failure = None, ""
            return
        try:
            await pool.reconfigure(config)
        except EngineError as error:
            _host.change_failure = str(error)
        except Exception as error:  # whatever it is: the operator has to hear of it
            log.exception("The engine could not follow the settings.")
            _host.change_failure = f"The engine could not follow the settings ({error}). The server's log tells more."
        else:
            continue
        log.error("The engine goes on as it was: %s", _host.change_failure)
        keep_event(EngineEvent.Kind.CHANGE, f"Refused: {_host.change_failure}")
        _host.refused = config


def _settings_changed(before: Configuration, after: Configuration, **kwargs: Any) -> None:
    if _host.loop:  # in a command, nobody follows
        told = "; ".join(configuration.changes(before, after))
        log.info("Settings: %s", told)
        keep_event(EngineEvent.Kind.CHANGE, told)
        reconfigure()


configuration_changed.connect(_settings_changed)
