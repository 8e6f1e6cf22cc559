"""One line in the log for every request, when it is over, and an id for it: the header `X-Request-ID` of its answer.

A stream is over when its last byte is sent or its client is gone, a websocket when it is closed. The line tells the
path without the query, and never a text, a key or a cookie.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from inference.serving.current_request import CurrentRequest, current_request, new_id

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

HEADER: Final = b"x-request-id"
ACCEPTED: Final = re.compile(rb"[A-Za-z0-9-]{8,64}")  # of an id that came with the request
LONGEST_PATH: Final = 300  # characters
CLIENT_GONE: Final = 499  # the status of a request whose client left before there was an answer, as nginx tells it

log = logging.getLogger("access")

open_connections: Counter[str] = Counter({"http": 0, "websocket": 0})


class AccessLog:
    """ASGI middleware around everything."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._application(scope, receive, send)
        line = _Line(scope)
        # What a socket's answers are is told by themselves: they outlive it, and it has many.
        token = current_request.set(line.request if scope["type"] == "http" else None)
        open_connections[scope["type"]] += 1
        try:
            await self._application(scope, line.receiving(receive), line.sending(send))
        except asyncio.CancelledError:
            line.ended = "cancelled"
            raise
        except BaseException:
            line.status, line.ended = line.status or 500, "error"
            raise
        finally:
            open_connections[scope["type"]] -= 1
            current_request.reset(token)
            line.write()


class _Line:
    """What is known of one request."""

    def __init__(self, scope: Message) -> None:
        self._scope = scope
        self._begun = time.monotonic()
        came = next((value for name, value in scope["headers"] if name == HEADER), b"")
        self.request = CurrentRequest(came.decode() if ACCEPTED.fullmatch(came) else new_id())
        self.status = 0
        self.ended = ""
        self._whole = False  # all of the answer was sent

    def receiving(self, receive: Receive) -> Receive:
        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect" and not self._whole:
                self.ended = "client_gone"
            elif message["type"] == "websocket.disconnect":
                self.status = message.get("code") or 1005
            return message

        return received

    def sending(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            match message["type"]:
                case "http.response.start":
                    self.status = message["status"]
                    identity = (HEADER, self.request.id.encode())
                    message = {**message, "headers": [*message.get("headers", ()), identity]}
                case "http.response.body" if not message.get("more_body"):
                    self._whole, self.ended = True, ""
                case "websocket.close":
                    self.status = message.get("code") or 1000
            await send(message)

        return sent

    def write(self) -> None:
        scope = self._scope
        method = scope.get("method", "WEBSOCKET")
        path = scope["path"][:LONGEST_PATH].encode("unicode_escape").decode()
        gone = scope["type"] == "http" and not self.status
        status = CLIENT_GONE if gone else self.status
        fields: dict[str, Any] = {
            "request_id": self.request.id,
            "method": method,
            "path": path,
            "status": status,
            "seconds": round(time.monotonic() - self._begun, 6),
            "client": (scope.get("client") or [None])[0],
        }
        if self.ended or gone:
            fields["ended"] = self.ended or "client_gone"
        if self.request.generation:
            fields |= self.request.generation
        log.info("%s %s %s", method, path, status, extra={"fields": fields})
