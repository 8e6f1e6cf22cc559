"""Requests to a pool, and their outcomes."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from inference.engine import (
    Engine,
    EngineConfig,
    Event,
    Finished,
    GenerationRequest,
    Message,
    Queued,
    Sampling,
    Started,
    Text,
)
from inference.engine.errors import EngineError
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import PATIENCE, switches, until
from tests.inference.engine.configs import with_settings

GREEDY = Sampling(temperature=0.0)
NOISE = 5  # factor for time limits on machines that do other work as well
SLOW = ("tokens=100000", "seconds-per-token=0.01")  # switches of the fake
RECITING = ("seconds-per-token=0.001",)  # other arguments, with which the fake gives the same answers


def question(*texts: str, **request: Any) -> GenerationRequest:
    """Return a request with the transcript `texts`, question and answer in turn."""
    messages = tuple(Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts))
    settings: dict[str, Any] = {"sampling": GREEDY, "context_size": 1024, "max_tokens": 10_000} | request
    return GenerationRequest(messages=messages, **settings)


@dataclass
class Outcome:
    """The events, the error and the end time of one request."""

    events: list[Event] = field(default_factory=list)
    error: EngineError | None = None
    ended_at: float = 0.0

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


async def complete(pool: Engine, request: GenerationRequest, outcome: Outcome | None = None) -> Outcome:
    """Run the request and return its outcome; a given `outcome` is filled in as events arrive."""
    outcome = outcome or Outcome()
    try:
        async with asyncio.timeout(2 * PATIENCE), aclosing(pool.generate(request)) as events:
            async for event in events:
                outcome.events.append(event)
    except EngineError as error:
        outcome.error = error
    outcome.ended_at = time.monotonic()
    return outcome


def changed(pool: Engine, *names: str, **settings: Any) -> EngineConfig:
    """Return the pool's configuration with these switches of the fake, and settings."""
    return with_settings(pool.config, extra_arguments=(*switches(*names), "-l", "0-1000"), **settings)


async def submit(pool: Engine, *texts: str, **request: Any) -> tuple[asyncio.Task[Outcome], Outcome]:
    """Send a request, and return once it is answered, queued or refused."""
    outcome = Outcome()
    task = asyncio.create_task(complete(pool, question(*texts, **request), outcome))
    await until(lambda: outcome.text or any(isinstance(event, Queued) for event in outcome.events) or outcome.error)
    return task, outcome


def pids(pool: Engine, role: Role) -> list[int]:
    """Return the pids of the processes that have this role."""
    return [process.pid for process in pool.status().workers if process.role == role.value and process.pid]


async def settled(pool: Engine) -> None:
    """Wait until nothing computes, every standby is ready, and retired processes are gone."""
    assert pool.config.llama_cli
    wanted = pool.config.llama_cli.standby_instances
    await until(
        lambda: not pool.status().leases and len(pids(pool, Role.STANDBY)) == wanted and not pids(pool, Role.RETIRED)
    )
