"""The engine of a node, and the settings that it follows."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from inference.engine import Engine, EngineConfig, EngineHealth, EngineState, EngineStatus, make_engine
from inference.engine.errors import EngineError, EngineStopping, EngineUnavailable, NodeNotReady
from inference.engine.lock import EngineLock, awaiting
from inference.engine.machine_reading import MachineReading
from inference.engine.types import EngineEventKind
from inference.engine.wire import VERSION, NodeSettings, NodeStatus
from inference.machine.cores import available_cores
from inference.machine.memory import available_memory
from inference.machine.reading import read

log = logging.getLogger(__name__)

LOCK_WAIT = 60.0  # seconds for an earlier node to drain
WATCH_INTERVAL = 5.0  # seconds between two looks at the models folder
LINGER = 3.0  # seconds in which a node that drains still takes requests: balancers notice it by then
NEW = "No server has compared it with other nodes yet."
PAUSED, DRAINED = "paused", "drained"
Configure = Callable[[NodeSettings | None], EngineConfig]


class Node:
    """One engine at a time. `configure`: returns the engine's configuration for a server's settings, None for the
    node's own, and raises an EngineError if it has no such model.

    `excluded`: why the server gives it no requests; it refuses them. `held`: `paused` or `drained` by an administrator;
    it still takes the requests that reach it, because a balancer needs a moment to notice. `installed`: returns the
    names of the models that it has, by id.
    """

    def __init__(
        self, name: str, configure: Configure, lock: EngineLock, installed: Callable[[], dict[str, str]] = dict
    ) -> None:
        self.name = name
        self._list = installed
        self._installed: dict[str, str] = {}
        self._settings: NodeSettings | None = None
        self._configure = configure
        self._lock = lock
        self._started = time.time()
        self._engine: Engine | None = None
        self._failure = ""
        self._behind = 0  # the revision of settings that it could not follow
        self._leaving = False
        self.excluded = NEW
        self.held = ""
        self._revision = 0
        self._changing = asyncio.Lock()

    @property
    def revision(self) -> int:
        """The revision of the settings in force; 0 for the node's own."""
        return self._revision

    async def start(self) -> None:
        """Start the engine with the node's own settings. A failure is reported by `status`, until settings work."""
        await self._take_lock()
        with suppress(EngineError):
            await self._follow(None, 0)
        await self._watch_models()

    async def follow(self, settings: NodeSettings, revision: int) -> None:
        """Follow a server's settings. Raise an EngineError, and keep what was in force, if they do not work."""
        if not self._lock.held:
            raise EngineUnavailable(self._failure or awaiting(self._lock.holder or "Another process"))
        await self._follow(settings, revision)

    def engine(self) -> Engine:
        """Return the running engine. Raise NodeNotReady."""
        if self._engine is None:
            raise NodeNotReady(f"The engine of node {self.name} does not run. {self._failure}".strip())
        return self._engine

    def engine_for(self, revision: int) -> Engine:
        """Return the engine for a request that was sent under these settings. Raise NodeNotReady.

        A node that would answer it differently refuses it.
        """
        if self.excluded:
            raise NodeNotReady(f"Node {self.name} gets no requests. {self.excluded}")
        if revision > self._revision:
            raise NodeNotReady(f"Node {self.name} does not follow the newest settings yet. Try again.")
        return self.engine()

    @property
    def takes_requests(self) -> bool:
        """Whether balancers should send requests. A full queue is no reason against it."""
        health = self._engine.health() if self._engine else None
        fit = health and health.state is EngineState.RUNNING and not health.failure
        return bool(fit) and not (self._leaving or self.excluded or self.held or self._behind > self._revision)

    async def pause(self, *, alone: bool) -> None:
        """Start no further answers. `alone`: other nodes go on, and get the further requests."""
        await self.engine().pause()
        if alone:
            self.held = PAUSED

    async def resume(self, *, alone: bool) -> None:
        """Start answers again. `alone`: an administrator wants this node back; else it stays held."""
        if alone:
            self.held = ""
        if not self.held:
            await self.engine().resume()

    async def hold(self) -> None:
        """Finish the requests that it has, and leave further ones to other nodes."""
        self.held = DRAINED
        await self.engine().resume()

    def status(self) -> NodeStatus:
        """Return a snapshot of the node."""
        engine = self._engine
        config = engine.config if engine else None
        stopped = EngineState.LOADING if self._changing.locked() else EngineState.STOPPED
        return NodeStatus(
            node=self.name,
            version=VERSION,
            started=self._started,
            revision=self._revision,
            failure=self._failure,
            excluded=self.excluded,
            held=self.held,
            installed=self._installed,
            program=program_name(config.llama_cli.binary) if config and config.llama_cli else "",
            arguments=" ".join(config.llama_cli.extra_arguments) if config and config.llama_cli else "",
            cores=available_cores(),
            free_memory=available_memory(),
            health=engine.health() if engine else EngineHealth(stopped, failure=self._failure),
            engine=engine.status() if engine else EngineStatus(state=stopped, model=""),
            models=engine.models if engine else (),
        )

    async def reading(self) -> MachineReading:
        """Return a reading of this machine. Raise NodeNotReady."""
        engine = self.engine()
        status, config = engine.status(), engine.config
        pids = [each.pid for each in status.workers if each.pid]
        data = config.llama_cli.cache_folder.parent if config.llama_cli else Path()
        return MachineReading(await asyncio.to_thread(read, pids, Path(config.default_model.path), data), status)

    async def drain(self, seconds: float) -> None:
        """See `Engine.drain`. For a moment it goes on, so that balancers notice before it refuses anything."""
        linger = 0.0 if self._leaving else min(LINGER, seconds)
        self._leaving = True
        await asyncio.sleep(linger)
        if self._engine:
            await self._engine.drain(seconds - linger)

    async def _take_lock(self) -> None:
        """Wait until this is the only engine on its data folder, and that can be written."""
        while not self._lock.held:
            try:
                await self._lock.acquire(LOCK_WAIT)
            except EngineError as error:
                if self._failure != str(error):
                    log.error("The node cannot start its engine: %s", error)
                self._failure = str(error)
                await asyncio.sleep(WATCH_INTERVAL)
        self._failure = ""

    async def _watch_models(self) -> None:
        """Follow the files of the models: one that is added or deleted changes the configuration."""
        while True:
            self._installed = await asyncio.to_thread(self._list)
            await asyncio.sleep(WATCH_INTERVAL)
            with suppress(EngineError):
                config = await asyncio.to_thread(self._configure, self._settings)
                if self._engine and config.models != self._engine.config.models and not self._changing.locked():
                    await self._follow(self._settings, self._revision)

    async def stop(self) -> None:
        """End the engine with everything that still runs."""
        async with self._changing:
            if self._engine:
                await self._engine.stop()
                self._engine = None
            self._lock.release()

    async def _follow(self, settings: NodeSettings | None, revision: int) -> None:
        async with self._changing:
            try:
                config = self._configure(settings)
                if self._engine is None:
                    engine = make_engine(config, self._log)
                    await engine.start()
                    self._engine = engine
                else:
                    await self._engine.reconfigure(config)
            except EngineStopping:
                raise
            except EngineError as error:
                log.error("The node cannot follow its settings: %s", error)
                if self._engine is None:
                    self._failure = str(error)
                self._behind = max(self._behind, revision)
                raise
            self._failure, self._revision, self._settings = "", revision, settings

    def _log(self, kind: EngineEventKind, detail: str) -> None:
        log.log(logging.WARNING if kind == "crash" else logging.INFO, "%s", detail)


def program_name(path: Path) -> str:
    """Return the name of a program and a digest of its file, so that other builds show."""
    try:
        return _program_name(path, path.stat().st_mtime_ns)
    except OSError:
        return path.name


@lru_cache(maxsize=4)
def _program_name(path: Path, _modified: int) -> str:
    with path.open("rb") as file:
        return f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()[:8]}"
