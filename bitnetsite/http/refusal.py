"""Responses to requests that are refused before their body has been read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from django.conf import settings

from .cors import cors_headers
from .error_bodies import error_body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DROPPED_BYTES: Final = 32 * 2**20  # of a refused body that are still read
DROPPING_SECONDS: Final = 5.0


class Refusal(NamedTuple):
    """`retry_after`: seconds until another attempt may succeed, if that is known."""

    status: int
    code: str
    detail: str
    retry_after: int | None = None

    def headers_and_body(self, scope: Message | None) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Return the response for a request, in the shape of its path's protocol. None: no request was read."""
        path = scope["path"].removeprefix(settings.PATH_PREFIX) if scope else ""
        body = json.dumps(error_body(path, self.status, self.detail, self.code)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        headers += [(b"connection", b"close"), *(cors_headers(scope) if scope else ())]
        if self.retry_after is not None:
            headers.append((b"retry-after", str(self.retry_after).encode()))
        return headers, body


async def refuse(refusal: Refusal, scope: Message, receive: Receive, send: Send, *, received: bool = False) -> None:
    """Send the response, and close the connection. `received`: all of the request has arrived.

    The rest of the request is read and dropped, within limits: closing a connection with unread bytes resets it, and
    clients that first send everything would never see the response.
    """
    headers, body = refusal.headers_and_body(scope)
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
