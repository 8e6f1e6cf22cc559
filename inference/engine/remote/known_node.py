"""What a server knows of one node."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from inference.engine.wire import NodeStatus

from .addresses import NodeAddress


@dataclass(slots=True, eq=False)
class KnownNode:
    """`status`: the last one, None if it has never answered or does not answer now. `failure`: why it does not.

    `latency`: seconds that it took to answer. `heard`: when it answered last, by the monotonic clock. `refused`: the
    revision that it could not follow, when, and why. `sending`: settings that are on their way to it. `watching`: asks
    it for its status.
    """

    address: NodeAddress
    status: NodeStatus | None = None
    failure: str = ""
    latency: float = 0.0
    heard: float = field(default_factory=time.monotonic)
    refused: tuple[int, float, str] = (0, 0.0, "")
    sending: asyncio.Task[None] | None = None
    watching: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """Return its name, or its URL while it has not told its name."""
        return self.status.node if self.status else self.address.url

    def cancel(self) -> list[asyncio.Task[None]]:
        """Cancel everything that is done with it. Return what to wait for."""
        tasks = [task for task in (self.watching, self.sending) if task]
        for task in tasks:
            task.cancel()
        return tasks
