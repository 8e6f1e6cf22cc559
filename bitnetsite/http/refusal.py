"""Responses to requests that are refused before their body has been read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from .error_bodies import error_body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DROPPED_BYTES: Final = 32 * 2**20  # of a refused body that are still read
DROPPING_SECONDS: Final = 5.0


class Refusal(NamedTuple):
    status: int
    code: str
    detail: str

    def body(self, path: str) -> bytes:
        """Return the body in the shape of the protocol that the path belongs to."""
        return json.dumps(error_body(path, self.status, self.detail, self.code)).encode()


async def refuse(refusal: Refusal, scope: Message, receive: Receive, send: Send, *, received: bool = False) -> None:
    """Send the response, and close the connection. `received`: all of the request has arrived.

    The rest of the request is read and dropped, within limits: closing a connection with unread bytes resets it, and
    clients that first send everything would never see the response.
    """
    body = refusal.body(scope["path"].removeprefix(scope.get("root_path", "")))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    waits = any(name == b"expect" for name, _ in scope["headers"])  # for permission to send the body
    if not received and not waits:
        with suppress(TimeoutError):
            async with asyncio.timeout(DROPPING_SECONDS):
                await _drop(receive)
    await send({"type": "http.response.body", "body": b""})


async def _drop(receive: Receive) -> None:
    left, more = DROPPED_BYTES, True
    while more and left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        more = message.get("more_body", False)
