"""The worker class that gunicorn runs: uvicorn's, with the project's own connections."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from gunicorn.arbiter import Arbiter
from uvicorn import Server
from uvicorn.server import ServerState
from uvicorn_worker import UvicornWorker

from chat.transport.limits import MAX_FRAME

from .connections.acceptor import Acceptor
from .connections.http_protocol import HTTPProtocol
from .connections.open_connections import OpenConnections, most_connections
from .connections.socket_protocol import SocketProtocol
from .env import env

TICK: Final = 1.0  # seconds between two updates of the Date header and of what gunicorn is told


class State(ServerState):
    """What all connections share."""

    def __init__(self) -> None:
        super().__init__()
        # All requests of an engine node come from one address: its server's or balancer's.
        alike = most_connections() if env("ROLE") == "engine" else env("MAX_CONNECTIONS_PER_ADDRESS")
        self.open_connections = OpenConnections(most_connections(), alike)


class LimitedServer(Server):
    """Uvicorn's server, which accepts connections while there is room for them, and wakes once per second."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.server_state = self._state = State()
        self._signalled = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._signalled.set)  # this is a signal handler

    async def main_loop(self) -> None:
        """Do as uvicorn does, which wakes ten times per second: half of what an idle server computes."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._signalled.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])  # the lifespan, without asyncio's servers

        def protocol() -> HTTPProtocol:
            return HTTPProtocol(self.config, self.server_state, self.lifespan.state)

        connections = self._state.open_connections
        self.servers = [Acceptor(each, protocol, connections, self.config.ssl) for each in sockets or []]  # type: ignore[misc]  # closed alike


class Worker(UvicornWorker):  # type: ignore[misc]  # uvicorn_worker has no types
    # A frame slightly above the limit is answered with an error frame; one far above it ends the connection.
    # Frames are not compressed: they are small, and the cores are for the model.
    CONFIG_KWARGS: dict[str, Any] = UvicornWorker.CONFIG_KWARGS | {
        "http": HTTPProtocol,
        "ws": SocketProtocol,
        "ws_max_size": 2 * MAX_FRAME,
        "ws_per_message_deflate": False,
    }

    async def _serve(self) -> None:
        """Do as uvicorn's worker does, with the own server."""
        self.config.app = self.wsgi
        # What is loaded by now stays. A full collection would look at all of it each time, and hold up every answer.
        gc.collect()
        gc.freeze()
        server = LimitedServer(self.config)
        self._install_sigquit_handler()
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
