"""A request that is closed frees its place promptly, whatever stage it is in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest

from inference.engine import Finished, Sampling
from tests.engine_processes import until
from tests.inference.engine.contract.asking import (
    PROMPTLY,
    Outcome,
    asking,
    has_started,
    has_text,
    is_queued,
    question,
    received,
)
from tests.inference.engine.contract.conftest import Harness, StartEngine
from tests.inference.engine.contract.engines import SLOW, Behaviour

pytestmark = pytest.mark.serial


async def assert_place_is_free(engine: Harness, caller: str = "Ann") -> None:
    """The engine has one place, and so has each caller: another request of the same caller must get both promptly."""
    started = time.monotonic()
    async with asking(engine, "Hello", caller=caller, until_it=has_started):
        assert time.monotonic() - started < PROMPTLY
    await nothing_is_asked(engine)


async def nothing_is_asked(engine: Harness) -> None:
    """No request is queued or answered. An engine on another machine learns of the end of a request a moment later."""
    await until(lambda: (engine.status().queue, engine.status().answering) == ([], []), PROMPTLY)


@asynccontextmanager
async def cancelled(task: asyncio.Task[Outcome]) -> AsyncGenerator[None, None]:
    """Cancel the request, and return once the cancellation is complete."""
    task.cancel()
    started = time.monotonic()
    await asyncio.wait([task])
    assert time.monotonic() - started < PROMPTLY
    yield


async def test_cancelled_in_the_queue(engine_with: StartEngine) -> None:
    async with engine_with(SLOW, max_queue=1, max_requests_per_caller=1) as engine:
        async with asking(engine, "Hello", caller="Bob"):
            for _ in range(3):
                async with asking(engine, "Hello", caller="Ann", until_it=is_queued) as (task, _), cancelled(task):
                    await until(lambda: engine.status().queue == [], PROMPTLY)
        await assert_place_is_free(engine)


async def test_cancelled_during_a_launch(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(slow_launch=30.0), max_requests_per_caller=1) as engine:
        await engine.settled()
        engine.launches_fail = True
        sampling = Sampling(temperature=0.5, seed=7)  # needs a process of its own

        def launching(outcome: Outcome) -> object:
            return engine.status().answering and not outcome.events

        async with asking(engine, "Hello", caller="Ann", sampling=sampling, until_it=launching) as (task, _):
            workers = engine.status().answering
            engine.launches_fail = False
            async with cancelled(task):
                await assert_place_is_free(engine)
            await until(lambda: all(map(engine.gone, workers)))


@pytest.mark.parametrize("stage", ["evaluating the prompt", "answering"])
async def test_cancelled_while_it_is_computed(stage: str, engine_with: StartEngine) -> None:
    token, condition = (0, has_started) if stage == "evaluating the prompt" else (3, has_text)
    async with engine_with(Behaviour(hang_at=token), max_requests_per_caller=1) as engine:
        for keep in (False, True):
            async with asking(engine, "poison", caller="Ann", keep=keep, until_it=condition) as (task, _):
                workers = engine.status().answering
                async with cancelled(task):
                    await assert_place_is_free(engine)
                await until(lambda: all(map(engine.gone, workers)))  # noqa: B023 – awaited here


async def test_cancelled_in_the_middle_of_the_answer(engine_with: StartEngine) -> None:
    async with (
        engine_with(SLOW, max_requests_per_caller=1) as engine,
        asking(engine, "Hello", caller="Ann") as (task, _),
        cancelled(task),
    ):
        await assert_place_is_free(engine)


async def test_closed_before_iteration(engine_with: StartEngine) -> None:
    async with engine_with(max_requests_per_caller=1) as engine:
        never = engine.generate(question(engine, "Hello", caller="Ann"))
        await assert_place_is_free(engine)
        await never.aclose()
        await assert_place_is_free(engine)


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
async def test_cancelled_before_the_first_event(steps: int, engine_with: StartEngine) -> None:
    async with engine_with(SLOW, max_requests_per_caller=1) as engine:
        await engine.settled()
        outcome = Outcome()
        task = asyncio.create_task(received(engine, question(engine, "Hello", caller="Ann"), outcome))
        for _ in range(steps):
            await asyncio.sleep(0)
        async with cancelled(task):
            assert outcome.events == []
            await assert_place_is_free(engine)


async def test_a_place_is_free_before_the_last_event(engine_with: StartEngine) -> None:
    async with engine_with(max_requests_per_caller=1) as engine:
        async with aclosing(engine.generate(question(engine, "Hello", caller="Ann"))) as events:
            async for event in events:
                if isinstance(event, Finished):
                    break
            await assert_place_is_free(engine)
        await assert_place_is_free(engine)


async def test_a_cancelled_answer_does_not_affect_another(engine_with: StartEngine) -> None:
    async with (
        engine_with(Behaviour(words=60, seconds_per_token=0.01), model_instances=2) as engine,
        asking(engine, "Hello", caller="Ann") as (first, _),
        asking(engine, "Hello", caller="Bob") as (other, outcome),
    ):
        if engine.status().places > 1:
            assert not first.done()
        async with cancelled(first):
            await other
        assert len(outcome.text.split()) == 60


@pytest.mark.promise(11)
async def test_many_cancellations_leave_nothing_computing(engine_with: StartEngine) -> None:
    async with engine_with(SLOW, model_instances=2, max_queue=100) as engine:
        tasks = []
        for number in range(12):
            request = question(engine, "Hello", caller=f"caller {number % 3}", keep=number % 2 == 0)
            outcome = Outcome()
            task = asyncio.create_task(received(engine, request, outcome))
            tasks.append(task)
            if number % 3 == 0:
                await until(lambda: outcome.events)  # noqa: B023 – awaited here
            if number >= 4:
                tasks[number - 4].cancel()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await nothing_is_asked(engine)
        await engine.settled()
        assert engine.status().leases == []
