"""One log line for every request at its end, and an id for it: the header `X-Request-ID` of its response.

A stream ends when its last byte was sent or its client disconnected, a websocket when it was closed. The line has the
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
ACCEPTED_ID: Final = re.compile(rb"[A-Za-z0-9-]{8,64}")  # ids that clients and proxies may choose
MAX_PATH_CHARS: Final = 300
MAX_METHOD_CHARS: Final = 20
CLIENT_CLOSED_REQUEST: Final = 499  # logged, as by nginx, when the client left before the response began
REFUSED: Final = "refused"  # key of the request's state: the status with which its connection refused the body

log = logging.getLogger("access")

open_connections: Counter[str] = Counter({"http": 0, "websocket": 0})


class AccessLog:
    """The outermost ASGI middleware."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._application(scope, receive, send)
        entry = _Entry(scope)
        # Generations of a websocket get log lines of their own: one socket has many, and they may outlive it.
        token = current_request.set(entry.request if scope["type"] == "http" else None)
        open_connections[scope["type"]] += 1
        try:
            await self._application(scope, entry.observed_receive(receive), entry.observed_send(send))
        except asyncio.CancelledError:
            entry.ended = "cancelled"
            raise
        except BaseException:
            entry.status, entry.ended = entry.status or 500, "error"
            raise
        finally:
            open_connections[scope["type"]] -= 1
            current_request.reset(token)
            entry.write()


class _Entry:
    """The log entry of one request, filled in while it runs."""

    def __init__(self, scope: Message) -> None:
        self._scope = scope
        self._started = time.monotonic()
        sent_id = next((value for name, value in scope["headers"] if name == HEADER), b"")
        self.request = CurrentRequest(sent_id.decode() if ACCEPTED_ID.fullmatch(sent_id) else new_id())
        self.status = 0
        self.ended = ""
        self._complete = False  # the whole response was sent

    def observed_receive(self, receive: Receive) -> Receive:
        async def observed() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect" and not self._complete:
                self.ended = "client_gone"
            elif message["type"] == "websocket.disconnect":
                self.status = message.get("code") or 1005
            return message

        return observed

    def observed_send(self, send: Send) -> Send:
        async def observed(message: Message) -> None:
            match message["type"]:
                case "http.response.start":
                    self.status = message["status"]
                    identity = (HEADER, self.request.id.encode())
                    message = {**message, "headers": [*message.get("headers", ()), identity]}
                case "http.response.body" if not message.get("more_body"):
                    self._complete, self.ended = True, ""
                case "websocket.close":
                    self.status = message.get("code") or 1000
            await send(message)

        return observed

    def write(self) -> None:
        """Write the line."""
        scope = self._scope
        method = scope.get("method", "WEBSOCKET")[:MAX_METHOD_CHARS]
        path = scope["path"][:MAX_PATH_CHARS].encode("unicode_escape").decode()
        refused = scope.get("state", {}).get(REFUSED)
        client_gone = scope["type"] == "http" and not self.status and not refused
        status = CLIENT_CLOSED_REQUEST if client_gone else self.status or refused
        fields: dict[str, Any] = {
            "request_id": self.request.id,
            "method": method,
            "path": path,
            "status": status,
            "seconds": round(time.monotonic() - self._started, 6),
            "client": (scope.get("client") or [None])[0],
        }
        if refused:
            fields["ended"] = "refused"
        elif self.ended or client_gone:
            fields["ended"] = self.ended or "client_gone"
        if self.request.generation:
            fields |= self.request.generation
        log.info("%s %s %s", method, path, status, extra={"fields": fields})
