"""The ASGI lifespan: the engine starts with the server and drains with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from . import service

Message = MutableMapping[str, Any]


async def lifespan(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Startup does not wait for the engine: `/health` tells how far it is, and early requests wait for it."""
    starting: asyncio.Task[Any] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            starting = asyncio.create_task(service.start())
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            if starting:
                await asyncio.wait([starting])
            await service.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
