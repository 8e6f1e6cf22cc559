"""What is known of the nodes: asked for regularly, so that reading it costs nothing.

Each node has a task of its own, so that one which has fallen silent does not keep the others from being asked: a node
ends the answers of a server that it does not hear of.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any, Final

from inference.engine.errors import EngineError
from inference.engine.wire import VERSION, NodeSettings, NodeStatus, WireError, decode, encode

from .addresses import NodeAddress, resolve
from .agreement import agreed, difference, namesake
from .client import NodeClient, NodeSilent
from .config import RemoteConfig
from .known_node import KnownNode

log = logging.getLogger(__name__)

STATUS_TIMEOUT: Final = 2.0  # seconds; with the interval less than the silence after which a node gives up a server
REFUSED_WAIT: Final = 10.0  # seconds until settings that a node has refused are sent to it again
REFRESH_WAIT: Final = 3.0  # seconds that a request may wait for nodes to follow the settings


class Nodes:
    """Asks the nodes for their status, sends settings to those that do not follow them, and excludes those that differ.

    `revision`: of the settings. A later one is always larger, also after a restart of the server. `balancer_failure`:
    why requests reach no node, although nodes answer.
    """

    def __init__(self, client: NodeClient, config: RemoteConfig, settings: NodeSettings) -> None:
        self._client = client
        self._config = config
        self._names: dict[str, list[NodeAddress]] = {}
        self._known: dict[NodeAddress, KnownNode] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.balancer_failure = ""
        self._applying = False
        self.settings = settings
        self.revision = new_revision(0)

    @property
    def known(self) -> list[KnownNode]:
        """Return the nodes, by name."""
        return sorted(self._known.values(), key=lambda node: node.name)

    @property
    def answering(self) -> list[NodeStatus]:
        """Return the status of the nodes that answer."""
        return [node.status for node in self.known if node.status]

    @property
    def working(self) -> list[NodeStatus]:
        """Return the status of the nodes that get requests."""
        return [node.status for node in self.known if node.status and not self.problem(node)]

    def named(self, name: str) -> KnownNode | None:
        """Return the node with this name, if it answers."""
        return next((node for node in self.known if node.status and node.status.node == name), None)

    def problem(self, node: KnownNode) -> str:
        """Return why a node gets no requests, or would answer them unlike the others; empty if it gets them."""
        status = node.status
        if status is None:
            return node.failure
        if status.version != VERSION:
            return f"It runs version {status.version} of the nodes’ API, this server version {VERSION}."
        revision, _, reason = node.refused
        if revision == self.revision:
            return f"It cannot follow the settings. {reason}"
        return status.failure or status.health.failure or self._difference(node)

    async def start(self) -> None:
        """Find the nodes, ask them, and from now on ask each of them regularly."""
        await self._resolve()
        self._tasks = [asyncio.create_task(self._keep_resolving())]
        if self._config.nodes:
            self._tasks.append(asyncio.create_task(self._watch_balancer()))

    async def close(self) -> None:
        """Ask no more."""
        tasks = [task for node in self._known.values() for task in node.cancel()] + self._tasks
        for task in self._tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def refresh(self) -> None:
        """Ask the nodes that answered last, and have them follow the settings, as far as that is soon done."""
        nodes = [node for node in self._known.values() if node.status]
        await self._ask_all(nodes)
        sending = [task for node in nodes if (task := self._bring_up_to_date(node))]
        if sending:
            await asyncio.wait(sending, timeout=REFRESH_WAIT)

    async def apply(self, settings: NodeSettings, *, at_start: bool = False) -> None:
        """Have all nodes that answer follow these settings. If one cannot, all keep theirs, and its error is raised.

        One that gets no requests anyway is not asked for its consent; at the start, the consent of one is enough.
        """
        self._applying = True
        try:
            await self._apply(settings, at_start=at_start)
        finally:
            self._applying = False

    async def _apply(self, settings: NodeSettings, *, at_start: bool) -> None:
        reached = [node for node in self._known.values() if node.status]
        known = (each.revision for each in self.answering)  # of a server whose clock was ahead
        before, revision = self.settings, new_revision(max([self.revision, *known]))
        asked = [node for node in reached if at_start or not self.problem(node)]
        results = await asyncio.gather(
            *(self._send(node, settings, revision) for node in reached), return_exceptions=True
        )
        errors = {node: result for node, result in zip(reached, results, strict=True) if result is not None}
        refusals = [error for node, error in errors.items() if node in asked]
        if refusals and (not at_start or len(refusals) == len(asked)):
            again = new_revision(revision)
            changed = [self._send(node, before, again) for node in reached if node not in errors]
            await asyncio.gather(*changed, return_exceptions=True)
            await self._ask_all(reached)
            raise refusals[0]
        self.settings, self.revision = settings, revision
        for node, error in errors.items():
            self._refuses(node, error)
        await self._ask_all(reached)

    async def _keep_resolving(self) -> None:
        while True:
            await asyncio.sleep(self._config.resolve_interval)
            await self._resolve()

    async def _resolve(self) -> None:
        """Follow the names of the nodes: new ones are asked before this returns, others are forgotten."""
        self._names = await resolve(self._config.node_urls, self._names)
        found = {address for addresses in self._names.values() for address in addresses}
        for address in self._known.keys() - found:
            node = self._known.pop(address)
            log.info("The engine node %s is not listed any more.", node.name)
            node.cancel()
        added = [KnownNode(address) for address in found - self._known.keys()]
        self._known |= {node.address: node for node in added}
        await self._ask_all(added)
        for node in added:
            node.watching = asyncio.create_task(self._watch(node))

    async def _watch_balancer(self) -> None:
        """Ask what stands before the nodes whether it has one that takes requests. One failure may be a coincidence."""
        address, failures = NodeAddress(self._config.url), 0
        while True:
            await asyncio.sleep(self._config.probe_interval)
            try:
                await self._client.call("GET", address, "/health", seconds=STATUS_TIMEOUT)
            except EngineError as error:
                failures += 1
                self.balancer_failure = f"No requests reach the nodes. {error}" if failures > 1 else ""
            else:
                failures, self.balancer_failure = 0, ""

    async def _watch(self, node: KnownNode) -> None:
        while True:
            await asyncio.sleep(self._config.poll_interval)
            await self._ask(node)
            self._bring_up_to_date(node)

    async def _ask_all(self, nodes: Iterable[KnownNode]) -> None:
        await asyncio.gather(*map(self._ask, nodes))

    async def _ask(self, node: KnownNode) -> None:
        asked = time.monotonic()
        try:
            self._store(node, await self._call(node, "GET", "/v1/status", seconds=STATUS_TIMEOUT))
            node.latency = time.monotonic() - asked
            await self._exclude(node)
        except (EngineError, WireError) as error:
            if node.status and isinstance(error, NodeSilent) and asked - node.heard < STATUS_TIMEOUT:
                return  # it is only slow
            if node.failure != str(error):  # also if the reason is another one now
                log.warning("An engine node does not answer: %s", error)
            node.status, node.failure = None, str(error)

    async def _exclude(self, node: KnownNode) -> None:
        """Tell a node whether it may take requests, unless it knows."""
        if node.status is None or not self._in_step(node.status):
            return
        difference = self._difference(node)
        if node.status.excluded != difference:
            log.warning(
                "The engine node %s gets %s", node.name, f"no requests. {difference}" if difference else "requests."
            )
            self._store(node, await self._call(node, "PUT", "/v1/exclusion", {"reason": difference}, STATUS_TIMEOUT))

    def _difference(self, node: KnownNode) -> str:
        """Return how a node that follows the settings would answer unlike the others."""
        if node.status is None or not self._in_step(node.status):
            return ""
        others = [each for each in self.answering if self._in_step(each)]
        return namesake(node.status, others) or difference(node.status, agreed(others))

    def _in_step(self, status: NodeStatus) -> bool:
        return status.revision >= self.revision and bool(status.models) and not status.health.failure

    def _bring_up_to_date(self, node: KnownNode) -> asyncio.Task[None] | None:
        """Send the settings to a node that was away when they changed. Return the task that does."""
        revision, since, _ = node.refused
        if node.sending and not node.sending.done():
            return node.sending
        if self._applying or node.status is None or node.status.revision >= self.revision:
            return None
        if revision == self.revision and time.monotonic() - since < REFUSED_WAIT:
            return None
        node.sending = asyncio.create_task(self._send_newest(node, self.revision))
        return node.sending

    async def _send_newest(self, node: KnownNode, revision: int) -> None:
        try:
            await self._send(node, self.settings, revision)
            await self._exclude(node)
        except (EngineError, WireError) as error:
            self._refuses(node, error)
        else:
            node.refused = 0, 0.0, ""

    def _refuses(self, node: KnownNode, error: BaseException) -> None:
        node.refused = self.revision, time.monotonic(), str(error)
        log.error("The engine node %s cannot follow the settings: %s", node.name, error)

    async def _send(self, node: KnownNode, settings: NodeSettings, revision: int) -> None:
        body = {"settings": encode(settings), "revision": revision}
        self._store(node, await self._call(node, "PUT", "/v1/settings", body, seconds=None))

    async def _call(
        self, node: KnownNode, method: str, path: str, body: Any = None, seconds: float | None = None
    ) -> Any:
        return await self._client.call(method, node.address, path, body, seconds=seconds)

    def _store(self, node: KnownNode, data: object) -> None:
        status = decode(NodeStatus, data)
        if status.version != VERSION:
            versions = f"The engine node {status.node} has version {status.version}, this server has version {VERSION}."
            raise WireError(f"{versions} Run the same version of the server on all machines.")
        if node.failure:
            log.info("The engine node %s answers again.", status.node)
        node.status, node.failure, node.heard = status, "", time.monotonic()


def new_revision(before: int) -> int:
    """Return a revision that is larger than `before` and than all of earlier servers: milliseconds since 1970."""
    return max(before + 1, time.time_ns() // 1_000_000)
