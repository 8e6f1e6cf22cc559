"""Requests to a pool, and what came of them."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from inference.engine import Engine, Event, Finished, GenerationRequest, Message, Sampling, Started, Text
from inference.engine.errors import EngineError
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import PATIENCE, until

GREEDY = Sampling(temperature=0.0)
SLOW = ("tokens=100000", "seconds-per-token=0.01")  # switches of the fake


def question(*texts: str, **request: Any) -> GenerationRequest:
    """The transcript of `texts`, question and answer in turn."""
    messages = tuple(Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts))
    settings: dict[str, Any] = {"sampling": GREEDY, "context_size": 1024, "max_tokens": 10_000} | request
    return GenerationRequest(messages=messages, **settings)


@dataclass
class Outcome:
    """Everything that a request was told."""

    events: list[Event] = field(default_factory=list)
    error: EngineError | None = None
    over_at: float = 0.0

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Text))

    @property
    def finished(self) -> Finished:
        event = self.events[-1]
        assert isinstance(event, Finished), self
        return event

    @property
    def started(self) -> Started:
        return next(event for event in self.events if isinstance(event, Started))


async def told(pool: Engine, request: GenerationRequest, outcome: Outcome | None = None) -> Outcome:
    """The request's outcome; `outcome` can be watched meanwhile."""
    outcome = outcome or Outcome()
    try:
        async with asyncio.timeout(2 * PATIENCE), aclosing(pool.generate(request)) as events:
            async for event in events:
                outcome.events.append(event)
    except EngineError as error:
        outcome.error = error
    outcome.over_at = time.monotonic()
    return outcome


def pids(pool: Engine, role: Role) -> list[int]:
    """Of the processes that are there for something."""
    return [process.pid for process in pool.status().workers if process.role == role.value and process.pid]


async def settled(pool: Engine) -> None:
    """Until nothing computes, every standby is there, and what was ended is gone."""
    assert pool.config.llama_cli
    wanted = pool.config.llama_cli.standby_instances
    await until(
        lambda: not pool.status().leases and len(pids(pool, Role.STANDBY)) == wanted and not pids(pool, Role.RETIRED)
    )
