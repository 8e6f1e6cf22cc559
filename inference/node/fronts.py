"""The servers that use a node, and what of theirs runs on it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from inference.engine.wire import FRONT_SILENCE

log = logging.getLogger(__name__)

CHECK_INTERVAL = 0.5  # seconds


class Fronts:
    """Cancels the generations of a server that has fallen silent: stopped, or cut off, without closed connections.

    A server is heard of by each request that names it. One that has never asked for the node's status does not do so
    regularly, and is not watched: it reaches the node through a balancer only.
    """

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}  # servers that ask for the status
        self._tasks: dict[asyncio.Task[None], str] = {}

    def heard(self, front: str, *, watched: bool = False) -> None:
        """A server has sent a request. `watched`: one of those that it sends regularly."""
        if watched or front in self._heard:
            self._heard[front] = time.monotonic()

    @contextmanager
    def generating(self, front: str, task: asyncio.Task[None]) -> Iterator[None]:
        """Cancel the task if the server falls silent inside the block."""
        self._tasks[task] = front
        try:
            yield
        finally:
            del self._tasks[task]

    async def watch(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(CHECK_INTERVAL)
            now = time.monotonic()
            for front in [front for front, heard in self._heard.items() if now - heard > FRONT_SILENCE]:
                del self._heard[front]
                lost = [task for task, owner in self._tasks.items() if owner == front]
                log.warning("Server %s has been silent for %g s; %d answers end.", front, FRONT_SILENCE, len(lost))
                for task in lost:
                    task.cancel()
