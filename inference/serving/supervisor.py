"""The engine of this process: its start, its end, and its following of the operator's settings."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from bitnetsite.env import env
from inference.engine import EngineConfig, Pool, PoolState, ProcessTimeouts, Sampling
from inference.engine.errors import EngineError
from inference.engine.gguf.header import ModelFile
from inference.history.pruning import prune_daily
from inference.history.writer import history, keep_event
from inference.models import EngineEvent

from . import configuration
from .engine_lock import EngineLock

if TYPE_CHECKING:
    from inference.provisioning.background_download import BackgroundDownload

log = logging.getLogger(__name__)

STATUSES = ("ok", "loading", "downloading", "paused", "degraded", "failed", "draining")
FLUSH = 5.0  # seconds that the history gets to be written at the end
DEMO_MODEL = "BitNet Demo"  # general.name of the model that comes with the repository
DEMO_NOTICE = "The demo model answers: good for trying the server, not for facts. For real work, set MODEL_PATH."


@dataclass(frozen=True, slots=True)
class Health:
    """`status`: one of STATUSES; `detail`: what a person can do.

    `progress`: of a download; bytes, and bytes in all once they are known.
    """

    status: str
    detail: str
    progress: dict[str, int | None] | None = None


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
        "owner_share": in_force.max_requests_per_caller,
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


class Host:
    """At most one engine at a time. On one event loop."""

    def __init__(self) -> None:
        self.pool: Pool | None = None
        self.failure = ""
        self.change_failure = ""  # why the engine does not follow the settings
        self._lock = engine_lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._download: BackgroundDownload | None = None
        self._starting: asyncio.Task[None] | None = None
        self._background: list[asyncio.Task[None]] = []
        self._changing: asyncio.Task[None] | None = None
        self._refused: EngineConfig | None = None  # the last change that the engine could not follow

    async def start(self) -> None:
        """Start the engine, the first time; a failure is kept. Does not wait for a model that has to be fetched."""
        if self._starting is None:
            self._loop = asyncio.get_running_loop()
            self._download = _configured_download()
            self._starting = asyncio.create_task(self._start())
            self._background = [asyncio.create_task(configuration.watch()), asyncio.create_task(prune_daily())]
        if self._download is None:
            await asyncio.shield(self._starting)

    async def stop(self) -> None:
        """End the engine's processes and answers that still run, and write what the history still holds."""
        ending = [task for task in (self._starting, self._changing, *self._background) if task]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)
        if self.pool:
            await self.pool.stop()
        self._lock.release()
        self.pool, self._starting, self._changing, self._loop, self._background = None, None, None, None, []
        self.failure, self._refused, self.change_failure = "", None, ""
        if not await asyncio.to_thread(history.flush, FLUSH):
            log.error("%d entries of the history are lost, for the database does not take them.", history.waiting)

    @property
    def serves(self) -> bool:
        """Whether this process runs an engine, or is about to."""
        return self._loop is not None

    def health(self) -> Health:
        """Whether answers can be had now."""
        pool = self.pool
        if self.failure:
            return Health("failed", self.failure)
        if download := self._download:
            progress = {"bytes": download.progress.bytes, "total_bytes": download.progress.total_bytes}
            if download.failure:
                return Health("failed", download.failure, progress)
            return Health(
                "downloading", f"{download.progress.file} is being fetched; it is served once it is there.", progress
            )
        if pool is None and self._starting is None:
            return Health("loading", "The engine starts with the first request, for this server started without it.")
        if pool is None:
            return Health("loading", "The model is being loaded.")
        if pool.state is not PoolState.RUNNING:
            return Health("draining", "The server is shutting down.")
        if failure := pool.failure:
            return Health("failed", failure)
        if pool.paused:
            return Health("paused", "An administrator has paused the engine. Running answers finish, new ones wait.")
        if pool.fleet.deaths.repeated:
            return Health("degraded", f"Launches fail, and are tried again. The last one: {pool.fleet.deaths.reason}")
        return Health("ok", "A process has answered, and requests are taken.")

    def reconfigure(self) -> None:
        """Bring the engine to what is in force, in the background, one change at a time. From any thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._change)

    async def _start(self) -> None:
        await configuration.load()
        if self._download:
            if failure := await self._download.run():
                log.error("The model cannot be fetched: %s", failure)
                self.failure = failure
            self._download = None
        if not self.failure:
            await self._start_pool()

    async def _start_pool(self) -> None:
        pool = Pool(engine_config(), keep_event)
        try:
            await self._lock.acquire(env("DRAIN_TIMEOUT") + 5)
            await pool.start()
        except EngineError as error:
            log.error("The engine could not be started: %s", error)
            self._failed(str(error))
            return
        except Exception as error:  # whatever it is: else the engine would be said to load for ever
            log.exception("The engine could not be started.")
            self._failed(
                f"The engine could not be started ({error}). The server's log tells more; mend it and restart."
            )
            return
        if told := notice(pool.model):
            log.info(told)
        log.info("Serving %s, answers at once: %d, threads for each: %d", pool.model.path.name, pool.places, pool.team)
        self.pool, self.failure = pool, ""
        self._change()  # what was set while it started

    def _failed(self, why: str) -> None:
        self.failure = why
        self._lock.release()

    def _change(self) -> None:
        """Begin to follow the settings, where the engine does not already."""
        if self._changing is None or self._changing.done():
            self._changing = asyncio.create_task(self._follow_settings())

    async def _follow_settings(self) -> None:
        """Until the engine is as the settings say, or has refused to."""
        if self._starting:
            await asyncio.wait([self._starting])
        while (config := engine_config()) != self._refused:
            pool = self.pool
            if pool is None:
                if self.failure:  # with what was set before, it could not be started
                    await self._start_pool()
                    self._refused = config if self.failure else None
                return
            if pool.state is not PoolState.RUNNING:
                return
            if pool.config == config:
                self._refused, self.change_failure = None, ""
                return
            try:
                await pool.reconfigure(config)
            except EngineError as error:
                self.change_failure = str(error)
            except Exception as error:  # whatever it is: the operator has to hear of it
                log.exception("The engine could not follow the settings.")
                self.change_failure = (
                    f"The engine could not follow the settings ({error}). The server's log tells more."
                )
            else:
                log.info("The engine follows the settings.")
                continue
            log.error("The engine goes on as it was: %s", self.change_failure)
            keep_event(EngineEvent.Kind.CHANGE, f"The engine goes on as it was. {self.change_failure}")
            self._refused = config


def notice(model: ModelFile) -> str | None:
    """What everybody should know who reads answers of this model."""
    return DEMO_NOTICE if model.name == DEMO_MODEL else None


def _configured_download() -> BackgroundDownload | None:
    """The download that the configuration asks for, if the model is not there."""
    if not env("FETCH_MODEL"):
        return None
    from inference.provisioning.background_download import (
        configured_download,  # its libraries take a third of a second to load
    )

    return configured_download()
