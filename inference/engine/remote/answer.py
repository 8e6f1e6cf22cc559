"""One generation on a node."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final

from inference.engine.channel import Channel
from inference.engine.errors import EngineCrashed, EngineError, EngineStopping, EngineUnavailable
from inference.engine.types import Event, Finished, GenerationRequest, PromptSize, Queued

from .client import NodeClient, NodeLost
from .nodes import Nodes
from .status import worker_of

ATTEMPTS: Final = 2  # before the answer begins; there is none after it


class Answer:
    """Passes on the events of one generation. Until `Started`, another node may be asked once.

    `begun`: the node has started to answer.
    """

    def __init__(self, client: NodeClient, nodes: Nodes, request: GenerationRequest) -> None:
        self.begun = False
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
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._read(attempt)
            except (EngineStopping, EngineUnavailable) as error:
                if not self.begun and attempt < ATTEMPTS:
                    await self._nodes.refresh()  # a node that does not follow the settings yet gets them
                    continue
                lost = self.begun and isinstance(error, NodeLost)
                self._channel.close(EngineCrashed(f"The answer broke off. {error}") if lost else error)
            except Exception as error:  # any failure must reach the caller
                self._channel.close(error)
            return

    async def _read(self, attempt: int) -> None:
        key = f"{affinity(self._request)}-{attempt}"  # the same value leads a balancer to the same node
        async with self._client.stream("/v1/generate", self._request, affinity=key, revision=self._nodes.revision) as (
            node,
            parts,
        ):
            async for event in parts:
                if isinstance(event, Finished):
                    self._channel.put(replace(event, worker=worker_of(node, event.worker) or ""))
                    self._channel.close()
                    return
                if event is None or isinstance(event, PromptSize):
                    continue
                self.begun |= not isinstance(event, Queued)
                self._channel.put(event)
        raise NodeLost(f"Node {node} ended its stream without a result.")


def affinity(request: GenerationRequest) -> str:
    """Return a value that is equal for all turns of a conversation: a digest of its caller and its first question."""
    question = next((at for at, message in enumerate(request.messages) if message.role == "user"), 0)
    opening = [message.content for message in request.messages[: question + 1]] or [request.prompt or ""]
    return hashlib.sha256(json.dumps([request.caller, request.model, opening]).encode()).hexdigest()[:16]
