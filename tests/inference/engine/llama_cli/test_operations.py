"""What an operator does to a running pool: pause, resume, retire, and the reported events."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from inference.engine import Queued
from inference.engine.errors import (
    CallerBusy,
    NoSuchWorker,
)
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import alive, switches, until
from tests.inference.engine.configs import with_settings
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import SLOW, changed, complete, pids, question, settled, submit


async def test_a_paused_pool_finishes_running_answers_and_continues_when_resumed(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, switches("tokens=20", "seconds-per-token=0.02")) as pool:
        task, _ = await submit(pool, "Hello")
        await pool.pause()
        waiting, outcome = await submit(pool, "Hello")
        assert len((await task).text.split()) == 20
        await settled(pool)
        assert pool.status().paused
        assert (len(pool.status().queue), outcome.text) == (1, "")
        await pool.resume()
        assert len((await waiting).text.split()) == 20
        assert not pool.status().paused


async def test_a_request_waits_for_a_paused_pool_until_the_queue_timeout(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, queue_timeout=0.2) as pool:
        await pool.pause()
        assert "paused" in str((await complete(pool, question("Hello"))).error)


async def test_a_configuration_can_be_changed_while_the_pool_is_paused(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        await pool.pause()
        waiting, _ = await submit(pool, "Hello")
        await pool.reconfigure(changed(pool, "echo"))
        assert len(pool.status().queue) == 1
        await pool.resume()
        assert (await waiting).text == "Hello"


async def test_an_idle_process_that_is_retired_is_replaced(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        first = await complete(pool, question("One", caller="Ann", keep=True))
        await settled(pool)
        before = pids(pool, Role.STANDBY) + pids(pool, Role.RESIDENT)
        for pid in before:
            assert await pool.retire(str(pid))
        await until(lambda: not any(map(alive, before)))
        await settled(pool)
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)
        second = await complete(pool, question("One", first.text, "Two", caller="Ann"))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0
        with pytest.raises(NoSuchWorker):
            await pool.retire(str(before[0]))
        assert pool.status().crashes == 0


async def test_a_process_that_answers_is_retired_after_its_answer(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("seconds-per-token=0.1")) as pool:
        task, _ = await submit(pool, "One", caller="Ann", keep=True)
        (pid,) = pids(pool, Role.SERVING)
        assert not await pool.retire(str(pid))
        assert (await task).text == "I heard: One"
        assert (await task).finished.worker == str(pid)
        await until(lambda: not alive(pid))
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)  # its replay


async def test_a_caller_cannot_exceed_the_limit_of_requests(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW), max_requests_per_caller=2) as pool:
        tasks = [(await submit(pool, "Hello", caller="Ann"))[0] for _ in range(2)]
        refused = await complete(pool, question("Hello", caller="Ann"))
        assert isinstance(refused.error, CallerBusy)
        assert refused.error.retry_after > 0
        async with aclosing(pool.generate(question("Hello", caller="Bob"))) as events:
            assert isinstance(await anext(events), Queued)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_starts_crashes_and_changes_are_reported_and_a_failing_listener_breaks_nothing(
    fake_cli: Path, pool_on: StartPool
) -> None:
    events: list[tuple[str, str]] = []

    def listen(kind: str, detail: str) -> None:
        events.append((kind, detail))
        raise OSError("the disk is full")

    async with pool_on(fake_cli, switches("die-at=1", "when=poison"), on_event=listen) as pool:
        assert (await complete(pool, question("My secret poison"))).error is not None
        assert (await complete(pool, question("One"))).text == "I heard: One"
        await pool.reconfigure(with_settings(pool.config, max_queue=7, system_prompt="My secret prompt"))
        await pool.pause()
        await pool.pause()
    assert [kind for kind, _ in events] == ["start", "crash", "change", "change"]
    assert "max_queue: 64 → 7" in events[2][1]
    assert "secret" not in repr(events)
