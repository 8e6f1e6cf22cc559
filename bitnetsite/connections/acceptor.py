"""Accepting connections, as long as there is room for them.

asyncio's own server tries again without end when no descriptor is left, with a traceback for each attempt.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final

from .open_connections import OpenConnections

log = logging.getLogger(__name__)

BATCH: Final = 32  # connections accepted before anything else gets its turn
PAUSE: Final = 0.25  # seconds until the next attempt when there is no room
RETRY: Final = 0.02  # seconds, when connections are being closed to make room
HANDSHAKE_SECONDS: Final = 10.0  # in which a client and the server agree on the encryption
NO_ROOM: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Acceptor:
    """Accepts the connections of one listening socket. Uvicorn closes it as it closes asyncio's servers.

    `encryption`: the server's certificate, None for connections that are not encrypted.
    """

    def __init__(
        self,
        listener: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        connections: OpenConnections,
        encryption: ssl.SSLContext | None = None,
    ) -> None:
        self._listener = listener
        self._make_protocol = make_protocol
        self._connections = connections
        self._encryption = encryption
        self._loop = asyncio.get_running_loop()
        self._resume: asyncio.TimerHandle | None = None
        self._starting: set[asyncio.Task[object]] = set()
        listener.setblocking(False)
        self._loop.add_reader(listener, self._accept)

    def close(self) -> None:
        """Accept no more connections. The socket stays open; its owner closes it."""
        if self._resume:
            self._resume.cancel()
        self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Return at once: uvicorn waits for the connections itself."""

    def _accept(self) -> None:
        for _ in range(BATCH):
            if not self._connections.make_room():
                self._pause(PAUSE)
                return
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                self._pause(RETRY if self._connections.free_descriptors() else PAUSE)
                return
            connection.setblocking(False)
            task = self._loop.create_task(self._start(connection))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _start(self, connection: socket.socket) -> None:
        if not self._encryption:
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
            return
        try:
            await self._loop.connect_accepted_socket(
                self._make_protocol, connection, ssl=self._encryption, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except OSError as error:  # the client's fault: it does not trust the certificate, or does not encrypt
            log.debug("A connection was not encrypted: %s", error)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._resume = self._loop.call_later(seconds, self._loop.add_reader, self._listener, self._accept)
