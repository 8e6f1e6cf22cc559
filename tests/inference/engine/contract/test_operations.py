"""Pause and resume, drain and stop, retire: what an operator does to a running engine."""

from __future__ import annotations

import asyncio
import time

import pytest

from inference.engine import FinishReason
from inference.engine.errors import EngineStopping, NoSuchWorker, QueueTimeout
from tests.engine_processes import PATIENCE, until
from tests.inference.engine.contract.asking import NOISE, ask, asking, is_queued
from tests.inference.engine.contract.conftest import Harness, StartEngine
from tests.inference.engine.contract.engines import SLOW, Behaviour

THIRTY_WORDS = Behaviour(words=30, seconds_per_token=0.02)


# Pause and resume.


async def test_a_paused_engine_finishes_running_answers_and_starts_none(engine_with: StartEngine) -> None:
    async with engine_with(THIRTY_WORDS) as engine, asking(engine, "Hello") as (running, _):
        await engine.pause()
        assert engine.status().paused
        async with asking(engine, "Hello", until_it=is_queued) as (waiting, outcome):
            assert len((await running).text.split()) == 30
            await engine.settled()
            assert (outcome.text, len(engine.status().queue), engine.status().answering) == ("", 1, [])
            await engine.resume()
            assert not engine.status().paused
            assert len((await waiting).text.split()) == 30


async def test_pause_and_resume_may_be_repeated(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        await engine.resume()
        await engine.pause()
        await engine.pause()
        assert engine.status().paused
        await engine.resume()
        assert (await ask(engine, "Hello")).text == "I heard: Hello"


async def test_a_request_waits_for_a_paused_engine_no_longer_than_the_timeout(engine_with: StartEngine) -> None:
    async with engine_with(queue_timeout=0.2) as engine:
        await engine.pause()
        outcome = await ask(engine, "Hello")
        assert isinstance(outcome.error, QueueTimeout)
        assert "paused" in str(outcome.error)


# Drain and stop.


@pytest.mark.promise(17)
async def test_a_drain_finishes_running_answers_and_refuses_the_others(engine_with: StartEngine) -> None:
    async with engine_with(THIRTY_WORDS) as engine, asking(engine, "Hello") as (task, running):
        async with asking(engine, "Hello", until_it=is_queued) as (waiting, _):
            draining = asyncio.create_task(engine.drain(PATIENCE))
            assert isinstance((await waiting).error, EngineStopping)
        assert isinstance((await ask(engine, "Hello")).error, EngineStopping)
        assert not task.done()
        await draining
        await task
        assert running.finished.reason is FinishReason.STOP
        assert len(running.text.split()) == 30


@pytest.mark.serial
async def test_an_answer_that_outlasts_the_drain_is_cut(engine_with: StartEngine) -> None:
    async with engine_with(SLOW) as engine, asking(engine, "Hello") as (task, running):
        began = time.monotonic()
        await engine.drain(0.2)
        assert 0.2 <= time.monotonic() - began < 0.2 + 1.0 * NOISE
        await task
        assert isinstance(running.error, EngineStopping)
        assert running.text


@pytest.mark.serial
async def test_a_drain_can_be_shortened(engine_with: StartEngine) -> None:
    async with engine_with(SLOW) as engine, asking(engine, "Hello") as (task, running):
        draining = asyncio.create_task(engine.drain(PATIENCE))
        await until(lambda: engine.status().state == "draining")
        began = time.monotonic()
        await engine.drain(0)
        await draining
        assert time.monotonic() - began < 1.0 * NOISE
        await task
        assert isinstance(running.error, EngineStopping)


async def test_a_stop_ends_everything_and_leaves_no_process(engine_with: StartEngine) -> None:
    async with engine_with(SLOW) as engine, asking(engine, "Hello") as (task, running):
        async with asking(engine, "Hello", until_it=is_queued) as (waiting, _):
            assert engine.left_behind()
            await engine.stop()
            assert engine.left_behind() == []
            assert isinstance((await waiting).error, EngineStopping)
        assert isinstance((await task).error, EngineStopping)
        assert running.text
        assert isinstance((await ask(engine, "Hello")).error, EngineStopping)
        await engine.stop()


async def test_a_stopped_engine_refuses_operations(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        (worker,) = await workers(engine)
        await engine.stop()
        for refused in (engine.reconfigure(max_queue=3), engine.pause(), engine.resume(), engine.retire(worker)):
            with pytest.raises(EngineStopping):
                await refused
        await engine.drain(0)


async def test_a_stopped_engine_can_be_started_again(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        await engine.stop()
    async with engine_with() as engine:
        assert (await ask(engine, "Hello")).text == "I heard: Hello"


# Retire.


async def workers(engine: Harness) -> list[str]:
    """Return the names of all workers once nothing is left to prepare."""
    await engine.settled()
    return [worker.name for worker in engine.status().workers]


async def test_a_retired_idle_worker_is_replaced(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=True)
        before = await workers(engine)
        for worker in before:
            assert await engine.retire(worker)
        await until(lambda: all(map(engine.gone, before)))
        after = await workers(engine)
        assert len(after) == len(before)
        assert not {*before} & {*after}
        second = await ask(engine, "One", first.text, "Two", caller="Ann")
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 1
        assert engine.status().crashes == 0


async def test_a_retired_busy_worker_ends_after_its_answer(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(seconds_per_token=0.1)) as engine:
        async with asking(engine, "One", caller="Ann", keep=True) as (task, running):
            (worker,) = engine.status().answering
            assert not await engine.retire(worker)
            assert not engine.gone(worker)
            await task
        assert running.text == "I heard: One"
        assert engine.worker_of(running.finished) == worker
        await until(lambda: engine.gone(worker))


async def test_an_unknown_worker_cannot_be_retired(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        (worker,) = await workers(engine)
        assert await engine.retire(worker)
        for unknown in (worker, "1"):
            with pytest.raises(NoSuchWorker):
                await engine.retire(unknown)
