"""A limit on request bodies at the door: Django would spool a large one before any view sees it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Larger(NamedTuple):
    """Bytes that a path takes from those whom `allowed` knows; it is asked only about bodies that need it."""

    limit: int
    allowed: Callable[[Message], Awaitable[bool]]


class BodyLimit:
    """ASGI middleware that answers 413 to HTTP requests with more than `limit` bytes of body.

    `larger`: the paths that take more, by their whole path.
    """

    def __init__(self, application: Application, limit: int, larger: Mapping[str, Larger] | None = None) -> None:
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
            await self._refuse(send, limit)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                return {"type": "http.disconnect"}  # the application cleans up, and answers nothing
            return message

        await self._application(scope, counted, send)
        if received > limit:  # which was while the body was read, so nothing has been sent yet
            await self._refuse(send, limit)

    async def _refuse(self, send: Send, limit: int) -> None:
        detail = f"The request body is too large: at most {limit} bytes are accepted."
        body = json.dumps({"detail": detail, "code": "body_too_large"}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": body})
