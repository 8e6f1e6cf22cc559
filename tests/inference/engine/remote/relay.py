"""A TCP relay before a node, to break the connection as a network or a dead machine does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

READ_SIZE = 65536


class Relay:
    """Relays to `targets`, ports, by turns: one for each connection.

    `refuse`: so many of the next connections are closed at once. `frozen`: nothing is relayed any more, in either
    direction, and connections stay open.
    """

    def __init__(self, *targets: int) -> None:
        self.targets = targets
        self.refuse = 0
        self.connections = 0
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def freeze(self) -> None:
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    def cut(self) -> None:
        """Break all connections, without a proper end."""
        for writer in self._writers:
            writer.transport.abort()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.refuse:
            self.refuse -= 1
            writer.transport.abort()
            return
        target = self.targets[self.connections % len(self.targets)]
        node_reader, node_writer = await asyncio.open_connection("127.0.0.1", target)
        self._writers += [writer, node_writer]
        for source, sink in ((reader, node_writer), (node_reader, writer)):
            task = asyncio.create_task(self._relay(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _relay(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(READ_SIZE):
                await self._thawed.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass  # the other side has ended the connection
        finally:
            sink.close()


@asynccontextmanager
async def relay_to(*ports: int) -> AsyncGenerator[Relay, None]:
    relay = Relay(*ports)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()
