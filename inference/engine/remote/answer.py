"""One generation on a node."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final

from inference.engine.channel import Channel
from inference.engine.errors import EngineError, NodeLost
from inference.engine.types import Event, Finished, GenerationRequest, PromptSize, Queued, Started

from .client import NodeClient
from .nodes import Nodes
from .status import worker_of
from .tries import Tries

BROKEN: Final = "The answer broke off, because the machine that gave it was lost. Send the request again."


class Answer:
    """Passes on the events of one generation. Until `Started`, another node may be asked.

    `begun`: a node has started to answer. `waiting`: no node has taken the request from its queue.
    """

    def __init__(self, client: NodeClient, nodes: Nodes, request: GenerationRequest) -> None:
        self.begun = False
        self.waiting = True
        self.task: asyncio.Task[None] | None = None
        self._client = client
        self._nodes = nodes
        self._request = request
        self._channel = Channel()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield the events. Closing cancels the generation on the node."""
        self.task = asyncio.create_task(self._follow())
        try:
            async for event in self._channel.events():
                yield event
        finally:
            self.task.cancel()
            await asyncio.wait([self.task])

    def end(self, error: EngineError) -> None:
        """End the events with this error."""
        self._channel.close(error)
        if self.task:
            self.task.cancel()

    async def _follow(self) -> None:
        tries = Tries(self._nodes)
        while True:
            try:
                await self._read(tries.number)
            except EngineError as error:
                if not self.begun and await tries.another(error):
                    continue
                broken = self.begun and isinstance(error, NodeLost)
                self._channel.close(NodeLost(f"{BROKEN} {error}", BROKEN) if broken else error)
            except Exception as error:  # any failure must reach the caller
                self._channel.close(error)
            return

    async def _read(self, attempt: int) -> None:
        """Read one stream to its end, so that its connection can be used again."""
        self.waiting, finished = True, None
        key, revision = affinity(self._request, attempt), self._nodes.revision
        async with self._client.stream("/v1/generate", self._request, affinity=key, revision=revision) as (node, parts):
            self.waiting = False
            async for event in parts:
                if isinstance(event, Finished):
                    finished = replace(event, worker=worker_of(node, event.worker) or "")
                if event is None or isinstance(event, PromptSize | Finished):
                    continue
                self.waiting = isinstance(event, Queued)
                if isinstance(event, Started):
                    self.begun, event = True, replace(event, node=node)
                self._channel.put(event)
        if finished is None:
            raise NodeLost(f"Node {node} ended its stream without a result.")
        self._channel.put(finished)
        self._channel.close()


def affinity(request: GenerationRequest, attempt: int = 0) -> str:
    """Return a value that is equal for all turns of a conversation: a digest of its caller and its first question.

    A balancer leads the same value to the same node. Each `attempt` has another.
    """
    asked = next((at for at, message in enumerate(request.messages, 1) if message.role == "user"), None)
    opening = [message.content for message in request.messages[:asked]] or [request.prompt or ""]
    key = json.dumps([request.caller, request.model, opening, attempt])
    return hashlib.sha256(key.encode()).hexdigest()[:16]
