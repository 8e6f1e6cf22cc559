"""The engine of a node, and the settings that it follows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from inference.engine import Engine, EngineConfig, EngineHealth, EngineState, EngineStatus, make_engine
from inference.engine.errors import EngineError, EngineStopping, EngineUnavailable
from inference.engine.lock import EngineLock
from inference.engine.types import EngineEventKind
from inference.engine.wire import VERSION, NodeSettings, NodeStatus
from inference.machine.cores import available_cores
from inference.machine.memory import available_memory

log = logging.getLogger(__name__)

LOCK_WAIT = 60.0  # seconds for an earlier node to drain
Configure = Callable[[NodeSettings | None], EngineConfig]


class Node:
    """One engine at a time. `configure`: returns the engine's configuration for a server's settings, None for the
    node's own, and raises an EngineError if it has no such model.
    """

    def __init__(self, name: str, configure: Configure, lock: EngineLock) -> None:
        self.name = name
        self._configure = configure
        self._lock = lock
        self._started = time.time()
        self._engine: Engine | None = None
        self._failure = ""
        self._revision = 0
        self._changing = asyncio.Lock()

    @property
    def revision(self) -> int:
        """The revision of the settings in force; 0 for the node's own."""
        return self._revision

    async def start(self) -> None:
        """Start the engine with the node's own settings. A failure is reported by `status`, until settings work."""
        with suppress(EngineError):
            await self._lock.acquire(LOCK_WAIT)
            await self._follow(None, 0)

    async def follow(self, settings: NodeSettings, revision: int) -> None:
        """Follow a server's settings. Raise an EngineError, and keep what was in force, if they do not work."""
        await self._follow(settings, revision)

    def engine(self) -> Engine:
        """Return the running engine. Raise EngineUnavailable."""
        if self._engine is None:
            raise EngineUnavailable(f"The engine of node {self.name} does not run. {self._failure}".strip())
        return self._engine

    def status(self) -> NodeStatus:
        """Return a snapshot of the node."""
        engine = self._engine
        stopped = EngineState.LOADING if self._changing.locked() else EngineState.STOPPED
        return NodeStatus(
            node=self.name,
            version=VERSION,
            started=self._started,
            revision=self._revision,
            failure=self._failure,
            cores=available_cores(),
            free_memory=available_memory(),
            health=engine.health() if engine else EngineHealth(stopped, failure=self._failure),
            engine=engine.status() if engine else EngineStatus(state=stopped, model=""),
            models=engine.models if engine else (),
        )

    async def drain(self, seconds: float) -> None:
        """See `Engine.drain`."""
        if self._engine:
            await self._engine.drain(seconds)

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
                raise
            self._failure, self._revision = "", revision

    def _log(self, kind: EngineEventKind, detail: str) -> None:
        log.log(logging.WARNING if kind == "crash" else logging.INFO, "%s", detail)
