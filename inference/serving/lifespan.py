"""The server's life as the engine sees it: it starts with the server, and drains before the server ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from types import FrameType
from typing import Any

from bitnetsite.env import env

from . import service, startup_notices

Message = MutableMapping[str, Any]
Handler = Callable[[int, FrameType | None], Any]


class Lifespan:
    """The ASGI lifespan. It does not wait for the engine: `/health` tells how far it is, early requests wait for it.

    `drained` is called when the engine makes no answers any more, before the server closes its connections.
    """

    def __init__(self, drained: Callable[[], Awaitable[None]]) -> None:
        self._drained = drained

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        starting: asyncio.Future[Any] | None = None  # kept, for the loop does not
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                Shutdown(self._drained).install()
                starting = asyncio.gather(service.start(), startup_notices.tell())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if starting:
                    starting.cancel()
                await service.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


class Shutdown:
    """What the server's signals do. By itself it would close its door first, and health checks would find nobody.

    SIGTERM: `/health` tells `draining`, running answers finish within DRAIN_TIMEOUT, then the server ends. SIGINT,
    SIGQUIT (gunicorn's quick shutdown), or a second signal: running answers are ended too.
    """

    def __init__(self, drained: Callable[[], Awaitable[None]]) -> None:
        self._drained = drained
        self._loop = asyncio.get_running_loop()
        self._drains: set[asyncio.Task[None]] = set()
        self._end_server: Handler | None = None

    def install(self) -> None:
        """Take the signals over from the server that has installed its handlers just before."""
        handler = signal.getsignal(signal.SIGTERM)
        if not callable(handler):
            return  # nobody serves, as in a test
        self._end_server = handler
        self._loop.add_signal_handler(signal.SIGTERM, self._ask, env("DRAIN_TIMEOUT"))
        for quick in (signal.SIGINT, signal.SIGQUIT):
            self._loop.add_signal_handler(quick, self._ask, 0.0)

    def _ask(self, seconds: float) -> None:
        self._drains.add(self._loop.create_task(self._end(0.0 if self._drains else seconds)))

    async def _end(self, seconds: float) -> None:
        await service.drain(seconds)
        await self._drained()
        if self._end_server:
            self._end_server(signal.SIGTERM, None)
            self._end_server = None
