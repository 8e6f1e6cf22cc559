"""One request on its way through the pool."""

from __future__ import annotations

import asyncio
import time
from enum import Enum

from inference.engine.channel import Channel
from inference.engine.errors import EngineError
from inference.engine.llama_cli.models.runtime import ModelRuntime
from inference.engine.llama_cli.planner import Plan
from inference.engine.llama_cli.scheduling.slots import Ticket
from inference.engine.types import Finished, Queued, Reasoning, Started, Text

from .asked import Asked, Planned


class Phase(Enum):
    """The lifecycle of a request. Only `Request` changes it.

    | from    | event                                                     | to      |
    | ------- | --------------------------------------------------------- | ------- |
    | –       | the scheduler has accepted its ticket                     | QUEUED  |
    | QUEUED  | it has a place, cores, and a slot if it is planned        | GRANTED |
    | QUEUED  | refused: displaced, waited too long, shutdown, replanned  | ENDED   |
    | GRANTED | its process has counted the prompt                        | STARTED |
    | any     | finished, failed or cancelled                             | ENDED   |
    """

    QUEUED = "queued"
    GRANTED = "granted"
    STARTED = "started"
    ENDED = "ended"


class Request:
    """A request, the events for its caller, and what is known of its answer. Times are monotonic seconds.

    `planned`: None until its model has been loaded. `text`, `reasoning`: of the answer so far. `complete`: the answer
    ended by itself, so it counts for the average. `holds`: key of the transcript that its process holds at the end,
    None if the process must not be reused.
    """

    def __init__(self, asked: Asked, planned: Planned | None, ticket: Ticket) -> None:
        self.asked = asked
        self.planned = planned
        self.ticket = ticket
        self.channel = Channel()
        self.queued_at = time.monotonic()
        self.phase = Phase.QUEUED
        self.text = self.reasoning = ""
        self.complete = False
        self.holds: str | None = None
        self._position = 0
        self._grant: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._timeout: asyncio.Timeout | None = None

    @property
    def plan(self) -> Plan:
        return self._planned.plan

    @property
    def runtime(self) -> ModelRuntime:
        """Return the runtime that it was planned for."""
        return self._planned.runtime

    @property
    def _planned(self) -> Planned:
        if self.planned is None:
            raise ValueError("the request has not been planned")
        return self.planned

    @property
    def waited(self) -> float:
        """Return the seconds since it was queued."""
        return time.monotonic() - self.queued_at

    async def wait_for_grant(self, queue_timeout: float) -> None:
        """Wait until it is granted. Raise TimeoutError, or the error that it was refused with."""
        try:
            async with asyncio.timeout(queue_timeout - self.waited) as self._timeout:
                await asyncio.shield(self._grant)
        except TimeoutError:
            if self.phase is Phase.QUEUED:  # else it was granted concurrently
                raise

    def grant(self) -> None:
        """Wake up `wait_for_grant`: the request has a place, cores, and a slot if it is planned."""
        if self.phase is Phase.QUEUED and not self._grant.done():  # else it was refused concurrently
            self.phase = Phase.GRANTED
            self._grant.set_result(None)

    def refuse(self, error: EngineError) -> None:
        """Have `wait_for_grant` raise `error`."""
        if self.phase is Phase.QUEUED and not self._grant.done():
            self._grant.set_exception(error)
            self._grant.exception()  # retrieved: a request that timed out concurrently does not await it

    def notify_position(self, position: int, estimated_seconds: float | None) -> None:
        """Tell the caller its position in the queue, if it has changed."""
        if position != self._position:
            self._position = position
            self.channel.put(Queued(position, estimated_seconds))

    def replan(self, planned: Planned | None, queue_timeout: float) -> None:
        """Wait for another runtime, or for any if it is not planned, and for `queue_timeout` seconds in all."""
        self.planned = planned
        if self._timeout and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + queue_timeout - self.waited)

    def start(self, event: Started) -> None:
        """Tell the caller that its prompt is evaluated. Once: a retry on another process is not exposed."""
        if self.phase is Phase.GRANTED:
            self.phase = Phase.STARTED
            self.channel.put(event)

    def append(self, event: Reasoning | Text) -> None:
        """Pass on a piece of the answer or its thought."""
        if isinstance(event, Text):
            self.text += event.text
        else:
            self.reasoning += event.text
        self.channel.put(event)

    def end(self, ending: Finished | Exception) -> None:
        """Pass on the last event, or the error."""
        self.phase = Phase.ENDED
        if isinstance(ending, Finished):
            self.channel.put(ending)
            self.channel.close()
        else:
            self.channel.close(ending)
