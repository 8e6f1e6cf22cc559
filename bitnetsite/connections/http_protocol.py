"""Uvicorn's HTTP protocol, with limits on how long a client may take and how many connections it may have."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress
from enum import Enum
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from bitnetsite.http.access_log import REFUSED
from bitnetsite.http.refusal import Refusal

from .open_connections import OpenConnections
from .requests import RequestParser

HEAD_SECONDS: Final = 20.0  # from the connection, or the first byte of a further request, to the end of the headers
BODY_SECONDS: Final = 30.0  # in which at least BODY_BYTES of an incomplete body arrive
BODY_BYTES: Final = 15_000
GONE_SECONDS: Final = 60  # until a client that acknowledges nothing loses its connection
UNREAD_SECONDS: Final = 60.0  # in which a client reads most of what waits for it
UNSENT_BYTES: Final = 2**16  # that wait in the system for the client to read; the rest waits here, and is timed
DROPPED_BYTES: Final = 2**20  # that are still read after an error, so that the client can read the response
DROPPING_SECONDS: Final = 2.0

TOO_MANY: Final = Refusal(
    429, "too_many_connections", "This address has too many connections. Close one of them.", retry_after=1
)


class Phase(Enum):
    """What a connection waits for."""

    IDLE = "a further request; uvicorn's keep-alive timeout applies"
    HEAD = "the request line and the headers"
    BODY = "the rest of the body"
    ANSWER = "the response to a complete request"


class HTTPProtocol(H11Protocol):
    """One connection, until it becomes a websocket."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = RequestParser()
        self._open: OpenConnections = self.server_state.open_connections  # type: ignore[attr-defined]  # see worker.py
        self._phase = Phase.HEAD
        self._timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._arrived = 0  # bytes of the body since the timer was set
        self._to_drop: int | None = None  # bytes after an error

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _set_options(transport.get_extra_info("socket"))
        if self._open.opened(transport, self.client[0] if self.client else None):
            self._set_timer(HEAD_SECONDS)
            return
        self._send_error(TOO_MANY, None)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.closed(self.transport)
        self._set_timer(None)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        self._stop_unread_timer()

    def pause_writing(self) -> None:
        """Give the client a limited time to read what waits for it: until it has, the answer keeps its places."""
        super().pause_writing()
        self._unread_timer = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_unread_timer()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._to_drop is not None:
            self._to_drop -= len(data)
            if self._to_drop < 0:
                self.transport.abort()
            return
        self._arrived += len(data)
        super().data_received(data)
        self._follow()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._follow()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._phase = Phase.ANSWER
        self._set_timer(None)
        self._stop_unread_timer()
        self._open.works(self.transport)
        super().handle_websocket_upgrade(event)

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: offers of other protocols, such as HTTP/2, may be ignored, and some clients always make one."""

    def shutdown(self) -> None:
        if self._to_drop is None:
            super().shutdown()
        else:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request. Uvicorn calls this while the error is handled."""
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        self._end_with_error(Refusal(status, "invalid_http", f"This is not a valid HTTP request: {error}."))

    def _follow(self) -> None:
        """Set the phase that the parser is in, and its timer."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        state = self.conn.their_state
        if state is h11.IDLE:
            answered = self.cycle is not None and not self.conn.trailing_data[0]
            phase = Phase.IDLE if answered else Phase.HEAD
        else:
            phase = Phase.BODY if state is h11.SEND_BODY else Phase.ANSWER
        if phase is self._phase:
            return
        self._phase, self._arrived = phase, 0
        self._set_timer({Phase.HEAD: HEAD_SECONDS, Phase.BODY: BODY_SECONDS}.get(phase))
        if phase is Phase.ANSWER:
            self._open.works(self.transport)
        else:
            self._open.waits(self.transport)

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._time_out)

    def _stop_unread_timer(self) -> None:
        if self._unread_timer:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _time_out(self) -> None:
        if self._phase is Phase.BODY and (self._arrived >= BODY_BYTES or self.flow.read_paused):
            self._arrived = 0
            self._set_timer(BODY_SECONDS)
        elif self._phase is Phase.HEAD and not self.conn.trailing_data[0]:
            self.transport.close()  # it sent nothing
        elif self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()
        else:
            what = "headers" if self._phase is Phase.HEAD else "body"
            self._end_with_error(Refusal(408, "request_timeout", f"The {what} of the request did not arrive in time."))

    def _end_with_error(self, refusal: Refusal) -> None:
        """Send the response, and close once the client has had time to read it."""
        reading = self.cycle is not None and not self.cycle.response_complete  # the body
        self._send_error(refusal, self.scope if reading else None)
        self._set_timer(None)
        self._to_drop = DROPPED_BYTES
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(DROPPING_SECONDS, self.transport.abort)
        if reading:
            self.scope["state"][REFUSED] = refusal.status
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _send_error(self, refusal: Refusal, scope: Any) -> None:
        headers, body = refusal.headers_and_body(scope)
        response = h11.Response(status_code=refusal.status, headers=headers, reason=STATUS_PHRASES[refusal.status])
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")


def _set_options(connection: socket.socket) -> None:
    """Have the system end the connection when its client is gone, and leave it little to send later.

    The system's own buffers have room for megabytes, with which it would look as if a client read.
    """
    options = (
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, GONE_SECONDS // 2),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, GONE_SECONDS // 6),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_SECONDS * 1000),
        (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES),
    )
    with suppress(OSError):  # not a TCP connection
        for option in options:
            connection.setsockopt(*option)
