"""The queue: positions, limits, and turns of the callers."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from inference.engine import Queued, Started, Text
from inference.engine.errors import CallerBusy, EngineBusy, PromptTooLong, QueueFull, QueueTimeout
from tests.engine_processes import SOAK, until
from tests.inference.engine.contract.asking import NOISE, Outcome, ask, asking, is_queued
from tests.inference.engine.contract.conftest import StartEngine
from tests.inference.engine.contract.engines import SLOW, Behaviour

BURST = 50 if SOAK else 10  # requests of one caller


async def test_positions_count_from_one_and_decrease(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(words=5)) as engine, AsyncExitStack() as stack:
        await engine.pause()
        waiting = []
        for position, caller in enumerate(("Ann", "Bob", "Cleo", "Dan"), 1):
            task, outcome = await stack.enter_async_context(asking(engine, "Hello", caller=caller, until_it=is_queued))
            assert outcome.positions == [position]
            waiting.append((task, outcome))
        assert [entry.position for entry in engine.status().queue] == [1, 2, 3, 4]
        await engine.resume()
        for position, (task, outcome) in enumerate(waiting, 1):
            assert (await task).error is None
            assert outcome.positions == list(range(position, 0, -1))
            for event in outcome.of(Queued):
                assert event.estimated_seconds is None or event.estimated_seconds >= 0
        started = [outcome.started_at for _, outcome in waiting]
        assert started == sorted(started)


async def test_an_estimate_follows_the_answers_before(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(words=100, seconds_per_token=0.01)) as engine:
        await ask(engine, "Hello")
        async with asking(engine, "Hello"), asking(engine, "Hello", until_it=is_queued) as (_, outcome):
            (event,) = outcome.of(Queued)
            assert event.estimated_seconds is not None
            assert event.estimated_seconds > 0
            (entry,) = engine.status().queue
            assert entry.estimated_seconds == pytest.approx(event.estimated_seconds)
            assert entry.waited_seconds >= 0


async def test_a_request_that_leaves_the_queue_moves_those_behind_it(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        await engine.pause()
        async with asking(engine, "Hello", caller="Bob", until_it=is_queued) as (_, last):
            async with asking(engine, "Hello", caller="Ann", until_it=is_queued) as (_, behind):
                assert (last.positions, behind.positions) == ([1], [2])
            async with asking(engine, "Hello", caller="Cleo", until_it=is_queued) as (_, behind):
                assert behind.positions == [2]
                async with asking(engine, "Hello", caller="Dan", until_it=is_queued) as (task, third):
                    assert third.positions == [3]
                    task.cancel()
                    await asyncio.wait([task])
                assert (last.positions, behind.positions) == ([1], [2])


@pytest.mark.serial
@pytest.mark.promise(12)
async def test_a_full_queue_refuses_at_once(engine_with: StartEngine) -> None:
    async with (
        engine_with(SLOW, max_queue=1) as engine,
        asking(engine, "Hello"),
        asking(engine, "Hello", until_it=is_queued) as (_, waiting),
    ):
        asked = time.monotonic()
        refused = await ask(engine, "Hello")
        assert refused.ended_at - asked < 0.05 * NOISE
        assert isinstance(refused.error, QueueFull)
        assert isinstance(refused.error, EngineBusy)
        assert refused.error.retry_after > 0
        assert refused.events == []
        assert waiting.error is None


@pytest.mark.promise(13)
async def test_a_full_queue_makes_room_for_a_caller_with_fewer_requests(engine_with: StartEngine) -> None:
    async with engine_with(SLOW, max_queue=2) as engine, AsyncExitStack() as stack:
        await stack.enter_async_context(asking(engine, "Hello", caller="Ann"))
        for _ in range(2):
            _, outcome = await stack.enter_async_context(asking(engine, "Hello", caller="Ann", until_it=is_queued))
        await stack.enter_async_context(asking(engine, "Hello", caller="Bob", until_it=is_queued))
        await until(lambda: outcome.error)
        assert isinstance(outcome.error, QueueFull)
        assert len(engine.status().queue) == 2


async def test_a_caller_has_a_limit_of_their_own(engine_with: StartEngine) -> None:
    async with (
        engine_with(SLOW, max_requests_per_caller=2) as engine,
        asking(engine, "Hello", caller="Ann"),
        asking(engine, "Hello", caller="Ann", until_it=is_queued),
    ):
        refused = await ask(engine, "Hello", caller="Ann")
        assert isinstance(refused.error, CallerBusy)
        assert refused.error.retry_after > 0
        async with asking(engine, "Hello", caller="Bob", until_it=is_queued):
            pass


@pytest.mark.serial
@pytest.mark.promise(12)
async def test_a_request_waits_no_longer_than_the_timeout(engine_with: StartEngine) -> None:
    async with engine_with(SLOW, queue_timeout=0.3) as engine, asking(engine, "Hello") as (_, running):
        asked = time.monotonic()
        waited = await ask(engine, "Hello")
        assert isinstance(waited.error, QueueTimeout)
        assert waited.error.retry_after > 0
        assert waited.positions == [1]
        assert 0.3 <= waited.ended_at - asked < 0.3 + 1.0 * NOISE
        assert engine.status().queue == []
        assert running.error is None


@pytest.mark.promise(14)
async def test_a_prompt_that_does_not_fit_is_refused_with_both_counts(engine_with: StartEngine) -> None:
    async with engine_with(model_instances=2) as engine:
        short = (await ask(engine, "word")).finished.usage.prompt_tokens
        long, other = await asyncio.gather(ask(engine, " ".join(["word"] * 2000)), ask(engine, "Hello"))
        assert isinstance(long.error, PromptTooLong)
        assert (long.error.prompt_tokens, long.error.context_size) == (short + 1999, 1024)
        assert (long.of(Started), long.of(Text)) == ([], [])
        assert other.text == "I heard: Hello"
        assert engine.status().crashes == 0
        smaller = await ask(engine, " ".join(["word"] * 300), context_size=100)
        assert isinstance(smaller.error, PromptTooLong)
        assert (smaller.error.prompt_tokens, smaller.error.context_size) == (short + 299, 100)


@pytest.mark.promise(13, times=BURST)
async def test_a_burst_of_one_caller_delays_another_by_at_most_one_turn(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(seconds_per_token=0.02), max_queue=100) as engine:
        order: list[str] = []

        async def turn(caller: str) -> None:
            assert (await ask(engine, "Hello", caller=caller)).error is None
            order.append(caller)

        async with asyncio.TaskGroup() as group:
            for _ in range(BURST):
                group.create_task(turn("many"))
            await until(lambda: len(order) >= 2)
            async with asking(engine, "Hello", caller="one", until_it=is_queued) as (asked, _):
                before = len(order)  # a busy machine may answer more until this request is in the queue
                asked.add_done_callback(lambda _: order.append("one"))
                assert (await asked).error is None
                assert order.index("one") - before <= 2  # the answer that was running, and one turn


async def test_callers_take_turns(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(words=2)) as engine, AsyncExitStack() as stack:
        await engine.pause()
        outcomes: dict[str, Outcome] = {}
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            _, outcomes[name] = await stack.enter_async_context(
                asking(engine, "Hello", caller=name[0], until_it=is_queued)
            )
        await engine.resume()
        await until(lambda: all(outcome.ended_at for outcome in outcomes.values()))
        order = sorted(outcomes, key=lambda name: outcomes[name].started_at)
        assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_as_many_answers_run_at_once_as_there_are_places_on_cores_of_their_own(engine_with: StartEngine) -> None:
    async with engine_with(SLOW, model_instances=2) as engine, AsyncExitStack() as stack:
        places = engine.status().places
        for number in range(places):
            await stack.enter_async_context(asking(engine, "Hello", caller=f"{number}"))
        async with asking(engine, "Hello", until_it=is_queued):
            status = engine.status()
            assert len(status.answering) == places
            cores = [core for lease in status.leases for core in lease]
            assert len(cores) == len(set(cores)) <= status.cores
