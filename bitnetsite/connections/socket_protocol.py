"""Uvicorn's websocket protocol, except that a peer that does not read cannot keep its connection."""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .open_connections import OpenConnections

CLOSE_TIMEOUT: Final = 1.0  # seconds for a peer to read what it was sent, when the server shuts down


class SocketProtocol(WebSocketsSansIOProtocol):
    """One websocket.

    Uvicorn waits until the peer has read everything that was sent before it closes a connection. That would delay the
    server's shutdown, and keep sockets of clients that are long gone.
    """

    def __init__(self, *, server_state: Any, **kwargs: Any) -> None:
        super().__init__(server_state=server_state, **kwargs)
        self._open: OpenConnections = server_state.open_connections  # see worker.py

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.closed(self.transport)
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """Abort the connection when the peer does not answer a ping."""
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """Abort the connection soon after the server has begun to shut down."""
        super().shutdown()
        self.loop.call_later(CLOSE_TIMEOUT, self.transport.abort)
