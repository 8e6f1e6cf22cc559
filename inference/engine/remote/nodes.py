"""What is known of the nodes: asked for regularly, so that reading it costs nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from inference.engine.errors import EngineError
from inference.engine.wire import NodeSettings, NodeStatus, WireError, decode, encode

from .client import NodeClient

log = logging.getLogger(__name__)

REFUSED_WAIT = 10.0  # seconds until settings that a node has refused are sent to it again


@dataclass(slots=True)
class KnownNode:
    """`status`: the last one, None if it has never answered or does not answer now. `failure`: why it does not.

    `latency`: seconds that it took to answer. `refused`: the revision that it could not follow, and when.
    """

    url: str
    status: NodeStatus | None = None
    failure: str = ""
    latency: float = 0.0
    refused: tuple[int, float] = (0, 0.0)


class Nodes:
    """Asks the nodes for their status, and sends settings to those that do not follow them.

    `revision`: of the settings. A later one is always larger, also after a restart of the server.
    """

    def __init__(self, client: NodeClient, urls: tuple[str, ...], settings: NodeSettings) -> None:
        self._client = client
        self.known = [KnownNode(url) for url in urls]
        self.settings = settings
        self.revision = new_revision(0)

    @property
    def answering(self) -> list[NodeStatus]:
        """Return the status of the nodes that answer."""
        return [node.status for node in self.known if node.status]

    @property
    def failures(self) -> list[str]:
        """Return why the other nodes do not answer."""
        return [node.failure for node in self.known if node.failure]

    async def watch(self, interval: float) -> None:
        """Ask all nodes every `interval` seconds, until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(interval)

    async def refresh(self) -> None:
        """Ask all nodes now, and send the settings to those that do not follow them."""
        await self.ask()
        await asyncio.gather(*map(self._bring_up_to_date, self.known))

    async def ask(self) -> None:
        """Ask all nodes for their status."""
        await asyncio.gather(*map(self._ask, self.known))

    async def apply(self, settings: NodeSettings) -> None:
        """Have all nodes that answer follow these settings. If one cannot, all keep theirs, and its error is raised."""
        before, revision = self.settings, new_revision(self.revision)
        reached = [node for node in self.known if node.status]
        results = await asyncio.gather(
            *(self._send(node, settings, revision) for node in reached), return_exceptions=True
        )
        failed = [error for error in results if isinstance(error, BaseException)]
        if failed:
            again = new_revision(revision)
            changed = [node for node, result in zip(reached, results, strict=True) if result is None]
            await asyncio.gather(*(self._send(node, before, again) for node in changed), return_exceptions=True)
            raise failed[0]
        self.settings, self.revision = settings, revision

    async def _send(self, node: KnownNode, settings: NodeSettings, revision: int) -> None:
        body = {"settings": encode(settings), "revision": revision}
        self._store(node, await self._client.call("PUT", f"{node.url}/v1/settings", body, patient=True))

    async def _ask(self, node: KnownNode) -> None:
        asked = time.monotonic()
        try:
            self._store(node, await self._client.call("GET", f"{node.url}/v1/status"))
            node.latency = time.monotonic() - asked
        except (EngineError, WireError) as error:
            if not node.failure:
                log.warning("An engine node does not answer: %s", error)
            node.status, node.failure = None, str(error)

    async def _bring_up_to_date(self, node: KnownNode) -> None:
        """Send the settings to a node that was away when they changed."""
        revision, since = node.refused
        if node.status is None or node.status.revision >= self.revision:
            return
        if revision == self.revision and time.monotonic() - since < REFUSED_WAIT:
            return
        try:
            await self._send(node, self.settings, self.revision)
        except EngineError as error:
            node.refused = self.revision, time.monotonic()
            log.error("The engine node at %s cannot follow the settings: %s", node.url, error)

    def _store(self, node: KnownNode, data: object) -> None:
        status = decode(NodeStatus, data)
        if node.failure:
            log.info("The engine node %s answers again.", status.node)
        node.status, node.failure = status, ""


def new_revision(before: int) -> int:
    """Return a revision that is larger than `before` and than all of earlier servers: milliseconds since 1970."""
    return max(before + 1, time.time_ns() // 1_000_000)
