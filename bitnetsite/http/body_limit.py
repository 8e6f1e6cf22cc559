"""A limit on the size of request bodies, enforced before Django spools a large body to disk."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

from .error_bodies import error_body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class LargerLimit(NamedTuple):
    """A path's own limit in bytes, for requests that `allowed` accepts. Only larger bodies are checked with it."""

    limit: int
    allowed: Callable[[Message], Awaitable[bool]]


class BodyLimit:
    """ASGI middleware that answers 413 to HTTP requests whose body has more than `limit` bytes.

    `larger` maps full paths to limits of their own.
    """

    def __init__(self, application: Application, limit: int, larger: Mapping[str, LargerLimit] | None = None) -> None:
        self._application = application
        self._limit = limit
        self._larger = larger or {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        announced = int(length) if length.isdigit() else 0
        limit = self._limit
        larger = self._larger.get(scope["path"])
        if larger and announced > limit and await larger.allowed(scope):
            limit = larger.limit
        if announced > limit:
            await self._refuse(scope, send, limit)
            return
        received = 0

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                return {"type": "http.disconnect"}  # the application cleans up and sends nothing
            return message

        await self._application(scope, counting_receive, send)
        if received > limit:  # the body was still being read, so no response was started
            await self._refuse(scope, send, limit)

    async def _refuse(self, scope: Message, send: Send, limit: int) -> None:
        detail = f"The request body is too large: at most {limit} bytes are accepted."
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        body = json.dumps(error_body(path, 413, detail, "body_too_large")).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": body})
