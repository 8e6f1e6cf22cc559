"""Requests to an engine, and what their callers receive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from inference.engine import Event, Finished, GenerationRequest, Message, Queued, Started, Text
from inference.engine.errors import EngineError
from tests.engine_processes import PATIENCE, until
from tests.inference.engine.contract.conftest import Harness
from tests.inference.engine.contract.engines import GREEDY

NOISE = 5  # factor for time limits, since the machine may do other work
PROMPTLY = 1.0 * NOISE  # seconds

Kind = TypeVar("Kind", Queued, Started, Text, Finished)


def question(engine: Harness, *texts: str, caller: str = "", system: str = "", **fields: Any) -> GenerationRequest:
    """Return a request with the transcript `texts`, questions and answers in turn."""
    messages = [Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)]
    if system:
        messages.insert(0, Message("system", system))
    defaults: dict[str, Any] = {"sampling": GREEDY, "context_size": 1024, "max_tokens": 10_000}
    return engine.request(caller=caller, messages=tuple(messages), **(defaults | fields))


@dataclass
class Outcome:
    """Everything that a caller has received.

    Ends of answers that follow each other closely may arrive in another order; a whole answer lies between two starts.
    """

    events: list[Event] = field(default_factory=list)
    error: EngineError | None = None
    started_at: float = 0.0
    ended_at: float = 0.0

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.of(Text))

    @property
    def started(self) -> Started:
        (event,) = self.of(Started)
        return event

    @property
    def finished(self) -> Finished:
        (event,) = self.of(Finished)
        return event

    @property
    def positions(self) -> list[int]:
        return [event.position for event in self.of(Queued)]


async def received(engine: Harness, request: GenerationRequest, outcome: Outcome | None = None) -> Outcome:
    """Consume the answer to its end. `outcome` grows as events arrive."""
    outcome = outcome or Outcome()
    try:
        async with asyncio.timeout(2 * PATIENCE), aclosing(engine.generate(request)) as events:
            async for event in events:
                outcome.events.append(event)
                if isinstance(event, Started):
                    outcome.started_at = time.monotonic()
    except EngineError as error:
        outcome.error = error
    outcome.ended_at = time.monotonic()
    return outcome


async def ask(engine: Harness, *texts: str, **fields: Any) -> Outcome:
    """Ask a question, and wait for the end of the answer."""
    return await received(engine, question(engine, *texts, **fields))


Condition = Callable[[Outcome], object]


def has_text(outcome: Outcome) -> object:
    return outcome.text


def has_started(outcome: Outcome) -> object:
    return outcome.of(Started)


def is_queued(outcome: Outcome) -> object:
    return outcome.of(Queued)


@asynccontextmanager
async def asking(
    engine: Harness, *texts: str, until_it: Condition = has_text, **fields: Any
) -> AsyncGenerator[tuple[asyncio.Task[Outcome], Outcome], None]:
    """Send a request, and yield its task and outcome once `until_it` holds. The request is cancelled at the end."""
    outcome = Outcome()
    task = asyncio.create_task(received(engine, question(engine, *texts, **fields), outcome))
    try:
        await until(lambda: until_it(outcome) or task.done())
        assert until_it(outcome), outcome
        yield task, outcome
    finally:
        task.cancel()
        await asyncio.wait([task])
