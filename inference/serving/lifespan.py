"""The ASGI lifespan: the engine starts with the server, and drains before the server shuts down."""

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
    """Starts and stops the engine. Startup does not wait for it: `/health` reports progress, and early requests wait.

    `drained` is called after the last answer has ended, before the server closes its connections.
    """

    def __init__(self, drained: Callable[[], Awaitable[None]]) -> None:
        self._drained = drained

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        starting: asyncio.Future[Any] | None = None  # a reference, because the event loop keeps none
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                Shutdown(self._drain).install()
                starting = asyncio.gather(service.start(), startup_notices.log_notices())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if starting:
                    starting.cancel()
                await service.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _drain(self, seconds: float) -> None:
        await service.drain(seconds)
        await self._drained()


class Shutdown:
    """Signal handlers that call `drain` before the server shuts down.

    The server alone would stop accepting connections first, so that health checks would fail during the drain.

    SIGTERM: `/health` reports `draining`, running answers finish within DRAIN_TIMEOUT, then the server shuts down.
    SIGINT, SIGQUIT (gunicorn's quick shutdown), or a second signal: running answers are cancelled.
    """

    def __init__(self, drain: Callable[[float], Awaitable[None]]) -> None:
        self._drain_engine = drain
        self._loop = asyncio.get_running_loop()
        self._drains: set[asyncio.Task[None]] = set()
        self._shut_down_server: Handler | None = None

    def install(self) -> None:
        """Replace the handlers that the server has just installed."""
        handler = signal.getsignal(signal.SIGTERM)
        if not callable(handler):
            return  # no server, as in a test
        self._shut_down_server = handler
        self._loop.add_signal_handler(signal.SIGTERM, self._on_signal, env("DRAIN_TIMEOUT"))
        for quick in (signal.SIGINT, signal.SIGQUIT):
            self._loop.add_signal_handler(quick, self._on_signal, 0.0)

    def _on_signal(self, seconds: float) -> None:
        self._drains.add(self._loop.create_task(self._drain(0.0 if self._drains else seconds)))

    async def _drain(self, seconds: float) -> None:
        await self._drain_engine(seconds)
        if self._shut_down_server:
            self._shut_down_server(signal.SIGTERM, None)
            self._shut_down_server = None
