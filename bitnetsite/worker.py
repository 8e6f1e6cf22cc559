"""The worker that gunicorn runs: uvicorn's, with limits on sockets, and an end to those that nobody reads."""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn_worker import UvicornWorker

from chat.transport.limits import MOST_FRAME

CLOSE_PATIENCE: Final = 1.0  # seconds that a reader gets to take what it was sent before the server ends


class SocketProtocol(WebSocketsSansIOProtocol):
    """As uvicorn's, but a peer that does not read cannot keep its connection.

    Uvicorn closes politely: the connection stays until the peer has taken all that it was sent, which can be for ever.
    That would hold up the server's end, and keep sockets of clients that are long gone.
    """

    def keepalive_timeout(self) -> None:
        """The peer has not answered a ping."""
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """The server ends."""
        super().shutdown()
        self.loop.call_later(CLOSE_PATIENCE, self.transport.abort)


class Worker(UvicornWorker):
    # A frame that is a little too long is told so in a frame; only one that is far too long ends its connection.
    # Sockets are not compressed: their frames are small, and the cores are the model's.
    CONFIG_KWARGS: dict[str, Any] = UvicornWorker.CONFIG_KWARGS | {
        "ws": SocketProtocol,
        "ws_max_size": 2 * MOST_FRAME,
        "ws_per_message_deflate": False,
    }
