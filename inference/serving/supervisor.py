"""The supervisor of the server's engine: it starts and stops it, and has it follow the operator's settings."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bitnetsite.env import env
from inference.engine import Engine, EngineConfig, EngineState, ModelInfo, lock, make_engine
from inference.engine.errors import SEE_LOG, EngineError, EngineUnavailable
from inference.engine.status import ModelState
from inference.history.pruning import prune_daily
from inference.history.writer import history, keep_event
from inference.models import EngineEvent

from . import configuration
from .engine_settings import engine_config, engine_lock, notice
from .signals import served_models_changed

if TYPE_CHECKING:
    from inference.provisioning.models.background_download import BackgroundDownload

log = logging.getLogger(__name__)

STATUSES = ("ok", "loading", "downloading", "paused", "degraded", "failed", "draining")
# What everyone may read of a state whose detail is for administrators.
LOADING = "The model is being loaded."
FAILED = f"The engine cannot answer. {SEE_LOG}"
DEGRADED = f"The engine has a problem, and requests may wait. {SEE_LOG}"
NO_MODEL = f"The model cannot be downloaded. {SEE_LOG}"
WATCH_INTERVAL = 5.0  # seconds between two looks at the models folder
FLUSH_TIMEOUT = 5.0  # seconds that the history may take to be written at the end


@dataclass(frozen=True, slots=True)
class Health:
    """`status`: one of STATUSES. `detail`: what it means, and what to do, for administrators.

    `instead`: what everyone else gets instead of `detail`; empty if that names nothing of this machine.
    `progress`: of a download, in bytes: `bytes` so far, `total_bytes` or None.
    """

    status: str
    detail: str
    instead: str = ""
    progress: dict[str, int | None] | None = None

    @property
    def public(self) -> str:
        """Return the detail for everyone."""
        return self.instead or self.detail


class EngineSupervisor:
    """At most one engine at a time, on one event loop.

    `engine`: while it runs. `failure`: why it could not be started. `change_failure`: why it could not follow the
    settings and kept its configuration.
    """

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.failure: Health | None = None
        self.change_failure = ""
        self._lock: lock.EngineLock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._download: BackgroundDownload | None = None
        self._starting: asyncio.Task[None] | None = None
        self._background: list[asyncio.Task[None]] = []
        self._changing: asyncio.Task[None] | None = None
        self._announced: tuple[ModelInfo, ...] = ()
        self._change_asked = False
        self._refused: EngineConfig | None = None  # the last configuration that the engine could not follow

    async def start(self) -> None:
        """Start the engine, the first time. A failure is kept; a model download is not awaited."""
        if self._starting is None:
            self._loop = asyncio.get_running_loop()
            self._download = _configured_download()
            self._starting = asyncio.create_task(self._start())
            self._background = [
                asyncio.create_task(each) for each in (configuration.watch(), prune_daily(), self._watch_models())
            ]
        if self._download is None:
            await asyncio.shield(self._starting)

    async def stop(self) -> None:
        """End the engine with everything that still runs, and write the history's remaining entries."""
        ending = [task for task in (self._starting, self._changing, *self._background) if task]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)
        if self.engine:
            await self.engine.stop()
        self._release_lock()
        self.engine, self._starting, self._changing, self._loop, self._background = None, None, None, None, []
        self.failure, self._refused, self.change_failure, self._download = None, None, "", None
        self._announced = ()
        if not await asyncio.to_thread(history.flush, FLUSH_TIMEOUT):
            log.error("%d history entries are lost: the database does not accept them.", history.waiting)

    @property
    def serves(self) -> bool:
        """Whether this process runs an engine or is about to."""
        return self._loop is not None

    def health(self) -> Health:
        """Return whether requests are answered now."""
        if self.failure:
            return self.failure
        if self._download:
            return _download_health(self._download)
        if self.engine is None and self._starting is None:
            return Health("loading", "The engine starts with the first request.")
        if self._lock and self._lock.holder:
            return Health("loading", lock.awaiting(self._lock.holder), LOADING)
        if self.engine is None:
            return Health("loading", LOADING)
        health = self.engine.health()
        if health.state is not EngineState.RUNNING:
            return Health("draining", "The server is shutting down.")
        if health.failure:
            return Health("failed", health.failure, FAILED)
        if health.paused:
            return Health("paused", "An administrator has paused the engine. Running answers finish, new ones wait.")
        if health.warning:
            return Health("degraded", health.warning, DEGRADED)
        if reason := self.engine.models[0].cannot_chat:
            return Health("ok", f"Completions are answered, conversations are not. {reason}")
        return Health("ok", "The engine has answered a test prompt and accepts requests.")

    def reconfigure(self) -> None:
        """Apply the settings to the engine in the background, one change at a time. From any thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._begin_change)

    async def _start(self) -> None:
        await configuration.load()
        if self._download:
            if failure := await self._download.run():
                log.error("The model cannot be downloaded: %s", failure)
                self.failure = Health("failed", failure, NO_MODEL)
            self._download = None
        if not self.failure:
            await self._start_engine()

    async def _start_engine(self) -> None:
        engine = make_engine(await asyncio.to_thread(engine_config), keep_event)
        try:
            self._lock = engine_lock()
            await self._lock.acquire(env("DRAIN_TIMEOUT") + 5)
            await engine.start()
        except EngineError as error:
            log.error("The engine could not be started: %s", error)
            self._fail(str(error), error.public)
            return
        except Exception as error:  # any other error must not leave the server loading forever
            log.exception("The engine could not be started.")
            detail = f"The engine could not be started ({error}). See the server log; fix the cause and restart."
            self._fail(detail, EngineUnavailable.PUBLIC)
            return
        [model, *_], status = engine.models, engine.status()
        if text := notice(model):
            log.info(text)
        log.info("Serving %s, concurrent answers: %d, threads each: %d", status.model, status.places, status.threads)
        self.engine, self.failure = engine, None
        self._announce_models()
        self._begin_change()  # settings may have changed while it started

    def _fail(self, reason: str, public: str) -> None:
        self.failure = Health("failed", reason, public)
        self._release_lock()

    def _release_lock(self) -> None:
        if self._lock:
            self._lock.release()
            self._lock = None

    async def _watch_models(self) -> None:
        """Follow the models folder: a file that is added or deleted changes the configuration."""
        if self._starting:
            await asyncio.wait([self._starting])
        seen = await asyncio.to_thread(engine_config)
        while True:
            await asyncio.sleep(WATCH_INTERVAL)
            self._announce_models()  # one that could not be loaded, or models of another machine
            before, seen = seen, await asyncio.to_thread(engine_config)
            if seen != before:
                self._begin_change()

    def _begin_change(self) -> None:
        self._change_asked = True
        if self._changing is None or self._changing.done():
            self._changing = asyncio.create_task(self._follow_settings())

    async def _follow_settings(self) -> None:
        while self._change_asked:  # again if something changed after it was read
            self._change_asked = False
            await self._follow_once()

    async def _follow_once(self) -> None:
        """Reconfigure until the engine is as the settings say, or has refused them."""
        if self._starting:
            await asyncio.wait([self._starting])
        while (config := await asyncio.to_thread(engine_config)) != self._refused:
            if self.engine is None:
                if self.failure:  # it could not be started with the settings before
                    await self._start_engine()
                    self._refused = config if self.failure else None
                return
            if self.engine.health().state is not EngineState.RUNNING:
                return
            if self.engine.config == config:
                self._refused, self.change_failure = None, ""
                return
            if await self._apply(self.engine, config):
                log.info("The engine follows the settings.")
                continue
            log.error("The engine keeps its configuration: %s", self.change_failure)
            keep_event(EngineEvent.Kind.CHANGE, f"The engine keeps its configuration. {self.change_failure}")
            self._refused = config

    async def _apply(self, engine: Engine, config: EngineConfig) -> bool:
        """Return whether the engine follows; `change_failure` says why not."""
        try:
            await engine.reconfigure(config)
        except EngineError as error:
            self.change_failure = str(error)
        except Exception as error:  # the operator must see any other error too
            log.exception("The engine could not follow the settings.")
            self.change_failure = f"The engine could not follow the settings ({error}). See the server log."
        else:
            self._announce_models()
            return True
        return False

    def _announce_models(self) -> None:
        """Send `served_models_changed` if the models are not as they were announced, whether loaded or not."""
        models = self.engine.models if self.engine else ()
        known = tuple(replace(model, state=ModelState.AVAILABLE) for model in models)
        if known != self._announced:
            self._announced = known
            served_models_changed.send_robust(EngineSupervisor)


def _download_health(download: BackgroundDownload) -> Health:
    progress = {"bytes": download.progress.bytes, "total_bytes": download.progress.total_bytes}
    if download.failure:
        return Health("failed", download.failure, NO_MODEL, progress)
    return Health(
        "downloading", f"{download.progress.file} is being downloaded and is served afterwards.", progress=progress
    )


def _configured_download() -> BackgroundDownload | None:
    """Return the download that the configuration asks for if the model does not exist."""
    if not env("FETCH_MODEL") or env("ENGINE_URL"):  # the models of engine nodes are not here
        return None
    from inference.provisioning.models.background_download import configured_download  # takes 0.3 s to import

    return configured_download()
