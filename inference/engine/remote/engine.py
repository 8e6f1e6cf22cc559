"""The engine on other machines. See `interface.Engine`.

Requests go to one URL: a node, or a balancer before several. The nodes themselves are known for their status, and for
what an operator does to them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from inference.engine.config import EngineConfig
from inference.engine.errors import EngineError, EngineStopping, NodeLost, NoSuchNode, NoSuchWorker
from inference.engine.machine_reading import MachineReading
from inference.engine.status import EngineHealth, EngineState, EngineStatus, ModelInfo, ModelState
from inference.engine.types import Event, GenerationRequest, OnEngineEvent, PromptSize
from inference.engine.wire import NodeSettings, decode

from .answer import Answer, affinity
from .client import NodeClient
from .config import RemoteConfig
from .nodes import Nodes
from .status import SEPARATOR, joint_health, joint_models, joint_status, machine_status
from .tries import Tries

log = logging.getLogger(__name__)

CALL_TIMEOUT: Final = 5.0  # seconds that a node may take for an operator's command
READING_TIMEOUT: Final = 1.5  # seconds; the page that shows it waits


class RemoteEngine:
    """An engine whose processes run on nodes. It holds no places and no queue of its own."""

    def __init__(self, config: EngineConfig, on_event: OnEngineEvent | None = None) -> None:
        self._config = config
        self._on_event = on_event
        self._client = NodeClient(own_config(config))
        self._nodes = Nodes(self._client, own_config(config), NodeSettings.of(config))
        self._state = EngineState.STOPPED
        self._changing = asyncio.Lock()
        self._revision = 1  # of the configuration; nodes have revisions of their own
        self._change: asyncio.Task[None] | None = None
        self._running: dict[Answer, None] = {}

    @property
    def config(self) -> EngineConfig:
        return self._config

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """See `Engine.models`. While no node has answered, only the default model's id is known."""
        if self._state is EngineState.STOPPED:
            return ()
        default = self._config.default_model
        name, context = default.name or default.id, self._config.context_size
        unknown = ModelInfo(default.id, name, ModelState.AVAILABLE, context_length=context)
        return joint_models(self._nodes.working, default.id) or (unknown,)

    async def start(self) -> None:
        """See `Engine.start`. A node that does not answer is no failure: it is awaited, and `health` says so."""
        self._state = EngineState.LOADING
        try:
            await self._nodes.start()
            await self._nodes.apply(NodeSettings.of(self._config), at_start=True)
        except EngineError:
            await self._close()
            raise
        self._state = EngineState.RUNNING

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """See `Engine.generate`."""
        self._check_running()
        answer = Answer(self._client, self._nodes, request)
        self._running[answer] = None
        try:
            async with aclosing(answer.events()) as events:
                async for event in events:
                    yield event
        finally:
            del self._running[answer]

    async def count_tokens(self, request: GenerationRequest) -> PromptSize:
        """See `Engine.count_tokens`."""
        self._check_running()
        tries = Tries(self._nodes)
        while True:
            try:
                return await self._count(request, tries.number)
            except EngineError as error:
                if not await tries.another(error):
                    raise

    async def _count(self, request: GenerationRequest, attempt: int) -> PromptSize:
        key, revision = affinity(request, attempt), self._nodes.revision
        async with self._client.stream("/v1/count", request, affinity=key, revision=revision) as (node, parts):
            async for part in parts:
                if isinstance(part, PromptSize):
                    return part
        raise NodeLost(f"Node {node} ended its stream without a result.")

    async def reconfigure(self, config: EngineConfig) -> None:
        """See `Engine.reconfigure`. Nodes that do not answer now follow once they do."""
        async with self._changing:
            self._check_running()
            change = self._change = asyncio.create_task(self._nodes.apply(NodeSettings.of(config)))
            try:
                await asyncio.wait([change])
            finally:
                change.cancel()
                await asyncio.wait([change])
                self._change = None
            if change.cancelled():
                raise _stopping()
            change.result()
            changes = config.changes(self._config)
            self._config = config
            self._revision += 1
            self._notify(f"Configuration {self._revision} is in force. {changes}")

    async def pause(self, node: str = "") -> None:
        await self._tell("/v1/pause", node, alone=bool(node))

    async def resume(self, node: str = "") -> None:
        await self._tell("/v1/resume", node, alone=bool(node))

    async def drain_node(self, node: str) -> None:
        await self._tell("/v1/drain", node)

    async def retire(self, worker: str) -> bool:
        self._check_running()
        name, _, process = worker.partition(SEPARATOR)
        node = self._nodes.named(name)
        if not node or not process:
            raise NoSuchWorker(f"The engine has no worker {worker}. It may have ended; reload the list.")
        try:
            path = f"/v1/workers/{process}/retire"
            body = await self._client.call("POST", node.address, path, seconds=CALL_TIMEOUT)
        except NoSuchWorker:
            raise NoSuchWorker(f"The engine has no worker {worker}. It may have ended; reload the list.") from None
        await self._nodes.refresh()
        return bool(body["at_once"])

    async def drain(self, seconds: float) -> None:
        """See `Engine.drain`. This server's requests end; the nodes go on, since they may serve other servers."""
        if self._state in (EngineState.STOPPED, EngineState.LOADING):
            return
        self._state = EngineState.DRAINING
        if self._change:
            self._change.cancel()
        for answer in self._running:
            if answer.waiting:
                answer.end(_stopping())
        tasks = [answer.task for answer in self._running if answer.task]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
            for answer in self._running:
                answer.end(_stopping())
            await asyncio.wait(tasks)

    async def stop(self) -> None:
        await self.drain(0)
        await self._close()

    async def readings(self) -> dict[str, MachineReading]:
        """See `Engine.readings`. A node that does not answer at once is left out."""
        nodes = [each for each in self._nodes.known if each.status]
        calls = (self._client.call("GET", node.address, "/v1/reading", seconds=READING_TIMEOUT) for node in nodes)
        results = await asyncio.gather(*calls, return_exceptions=True)
        return {
            node.name: decode(MachineReading, result)
            for node, result in zip(nodes, results, strict=True)
            if not isinstance(result, BaseException)
        }

    def health(self) -> EngineHealth:
        if self._state in (EngineState.STOPPED, EngineState.LOADING):
            return EngineHealth(self._state)
        blocked = self._nodes.balancer_failure
        problems = [f"{node.name}: {problem}" for node in self._nodes.known if (problem := self._nodes.problem(node))]
        draining = self._state is EngineState.DRAINING
        return joint_health(self._nodes.working, problems, blocked=blocked, draining=draining)

    def status(self) -> EngineStatus:
        return joint_status(
            self._nodes.answering,
            self.health(),
            model=self._config.default_model.id,
            revision=self._revision,
            changing=self._changing.locked(),
            machines=[machine_status(node, self._nodes.problem(node)) for node in self._nodes.known],
        )

    async def _tell(self, path: str, name: str, **body: bool) -> None:
        """Send a command to a node, or without a name to all that answer. Raise the first error at the end."""
        self._check_running()
        nodes = [each for each in self._nodes.known if each.status and name in ("", each.name)]
        if name and not nodes:
            raise NoSuchNode(f"There is no engine node {name} that answers. Reload the list.")
        calls = (self._client.call("POST", node.address, path, body, seconds=CALL_TIMEOUT) for node in nodes)
        results = await asyncio.gather(*calls, return_exceptions=True)
        await self._nodes.refresh()
        for error in results:
            if isinstance(error, BaseException):
                raise error

    async def _close(self) -> None:
        self._state = EngineState.STOPPED
        await self._nodes.close()
        await self._client.close()

    def _check_running(self) -> None:
        if self._state is not EngineState.RUNNING:
            raise EngineStopping(f"The engine is {self._state.value} and takes no requests. Try again later.")

    def _notify(self, detail: str) -> None:
        if self._on_event:
            try:
                self._on_event("change", detail)
            except Exception:  # a listener's exception must not break the engine
                log.exception("A listener failed on an event of the engine: %s", detail)


def own_config(config: EngineConfig) -> RemoteConfig:
    """Return the part of the configuration that is this engine's."""
    if config.remote is None:
        raise ValueError("the configuration is not one of a remote engine")
    return config.remote


def _stopping() -> EngineStopping:
    return EngineStopping("The server is shutting down. Send the request again once it is back.")
