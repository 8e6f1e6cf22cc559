"""Request bodies: decoded if they are compressed, and limited in size, before Django spools a large body to disk."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, NamedTuple

from .refusal import Refusal, refuse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

GZIP: Final = 16 + zlib.MAX_WBITS  # expects gzip's header and checksum
PIECE: Final = 2**20  # bytes that are decompressed at once

INVALID_GZIP: Final = Refusal(
    400, "invalid_encoding", "The request body is not valid gzip, although its Content-Encoding says so."
)


class LargerLimit(NamedTuple):
    """A path's own limit in bytes, for requests that `allowed` accepts. Only larger bodies are checked with it."""

    limit: int
    allowed: Callable[[Message], Awaitable[bool]]


class RequestBody:
    """ASGI middleware that decodes gzip, and answers 413 to HTTP requests whose body has more than `limit` bytes.

    Compressed bodies are limited by their decoded size. `larger` maps paths to limits of their own.
    """

    def __init__(self, application: Application, limit: int, larger: Mapping[str, LargerLimit] | None = None) -> None:
        self._application = application
        self._limit = limit
        self._larger = larger or {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # the lifespan of the application
            await self._application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        decoder = zlib.decompressobj(GZIP) if encoding in (b"gzip", b"x-gzip") else None
        if decoder:
            scope = {**scope, "headers": _without(scope, b"content-encoding", b"content-length")}
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        reader = _Reader(scope, receive, self._limit, self._larger.get(path), decoder)
        length = headers.get(b"content-length", b"")
        if not decoder and encoding not in (b"", b"identity"):
            await refuse(_unknown_encoding(encoding), scope, receive, send)
        elif length.isdigit() and not await reader.permits(int(length)):
            await refuse(_too_large(reader.limit), scope, receive, send)
        else:
            await self._application(scope, reader.receive, send)
            if reader.refusal:  # the body was still being read, so no response was started
                await refuse(reader.refusal, scope, receive, send, received=reader.complete)


class _Reader:
    """Reads a body. `refusal`: why it cannot be accepted; the application is then told that the client has left.

    `complete`: all of the body has arrived.
    """

    def __init__(
        self, scope: Message, receive: Receive, limit: int, larger: LargerLimit | None, decoder: Any | None
    ) -> None:
        self.limit = limit
        self.refusal: Refusal | None = None
        self.complete = False
        self._scope = scope
        self._receive = receive
        self._larger = larger
        self._decoder = decoder
        self._size = 0

    async def permits(self, size: int) -> bool:
        """Return whether a body may have this size. Asks once whether the request has the larger limit."""
        if size > self.limit and self._larger:
            larger, self._larger = self._larger, None
            if await larger.allowed(self._scope):
                self.limit = larger.limit
        return size <= self.limit

    async def receive(self) -> Message:
        """Return the next message for the application."""
        message = await self._receive()
        if message["type"] != "http.request" or self.complete:
            return message
        self.complete = not message.get("more_body", False)
        body = message.get("body", b"")
        try:
            body = await self._decoded(body) if self._decoder else body
        except zlib.error:
            self.refusal = INVALID_GZIP
        else:
            self._size += 0 if self._decoder else len(body)
            if not await self.permits(self._size):
                self.refusal = _too_large(self.limit)
        return {"type": "http.disconnect"} if self.refusal else {**message, "body": body}

    async def _decoded(self, body: bytes) -> bytes:
        """Return the decoded bytes, and stop above the limit. Raise zlib.error."""
        decoder, pieces = self._decoder, []
        assert decoder is not None  # noqa: S101
        while body and await self.permits(self._size):
            pieces.append(decoder.decompress(body, PIECE))
            self._size += len(pieces[-1])
            body = decoder.unconsumed_tail
        if decoder.unused_data or (self.complete and self._size <= self.limit and not decoder.eof):
            raise zlib.error
        return b"".join(pieces)


def _without(scope: Message, *names: bytes) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in scope["headers"] if name not in names]


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "body_too_large", f"The request body is too large: at most {limit} bytes are accepted.")


def _unknown_encoding(encoding: bytes) -> Refusal:
    name = encoding.decode("ascii", "backslashreplace")[:50]
    detail = f'The Content-Encoding "{name}" is not supported. Send the body uncompressed or with gzip.'
    return Refusal(415, "unsupported_encoding", detail)
