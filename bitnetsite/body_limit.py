"""A limit on request bodies at the door: Django would spool a large one before any view sees it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class _TooLarge(Exception):
    """More came than was announced, or than is allowed."""


class BodyLimit:
    """ASGI middleware that answers 413 to HTTP requests with more than `limit` bytes of body."""

    def __init__(self, application: Application, limit: int) -> None:
        self._application = application
        self._limit = limit

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limit:
            return await self._refuse(send)
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise _TooLarge
            return message

        try:
            await self._application(scope, counted, send)
        except _TooLarge:  # while the body was read, so nothing has been sent yet
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        detail = f"The request body is too large: at most {self._limit} bytes are accepted."
        body = json.dumps({"detail": detail, "code": "body_too_large"}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": body})
