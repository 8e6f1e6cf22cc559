"""The worker class that gunicorn runs: uvicorn's, with limits on websockets and timeouts for peers that do not read."""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn_worker import UvicornWorker

from chat.transport.limits import MAX_FRAME

CLOSE_TIMEOUT: Final = 1.0  # seconds for a peer to read what it was sent, when the server shuts down


class SocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's protocol, except that a peer that does not read cannot keep its connection.

    Uvicorn waits until the peer has read everything that was sent before it closes a connection. That would delay the
    server's shutdown, and keep the sockets of clients that have disappeared.
    """

    def keepalive_timeout(self) -> None:
        """Abort the connection when the peer does not answer a ping."""
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """Abort the connection soon after the server has begun to shut down."""
        super().shutdown()
        self.loop.call_later(CLOSE_TIMEOUT, self.transport.abort)


class Worker(UvicornWorker):  # type: ignore[misc]  # uvicorn_worker has no types
    # A frame slightly above the limit is answered with an error frame; one far above it ends the connection.
    # Frames are not compressed: they are small, and the cores are for the model.
    CONFIG_KWARGS: dict[str, Any] = UvicornWorker.CONFIG_KWARGS | {
        "ws": SocketProtocol,
        "ws_max_size": 2 * MAX_FRAME,
        "ws_per_message_deflate": False,
    }
