"""The queue of a pool of child processes: limits, fairness, cancellation.

Time limits are multiplied by `NOISE` for machines under load.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from inference.engine import (
    Queued,
    Sampling,
    Started,
    Text,
)
from inference.engine.errors import (
    EngineUnavailable,
    PromptTooLong,
    QueueFull,
    QueueTimeout,
)
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import PATIENCE, SOAK, alive, switches, until
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import NOISE, SLOW, Outcome, complete, pids, question, settled


@pytest.mark.serial
async def test_a_full_queue_refuses_at_once(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW, "when=never"), max_queue=2) as pool:
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(complete(pool, question("Hello"))) for _ in range(3)]
            await until(lambda: len(pool.status().queue) == 2)
            asked = time.monotonic()
            refused = await complete(pool, question("Hello"))
            assert isinstance(refused.error, QueueFull)
            assert refused.error.retry_after > 0
            assert refused.ended_at - asked < 0.05 * NOISE
            for task in asking:
                task.cancel()
        assert not pids(pool, Role.SERVING)


async def test_a_request_that_waits_too_long_leaves_the_queue(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW), queue_timeout=0.3) as pool:
        running = Outcome()
        asking = asyncio.create_task(complete(pool, question("Hello"), running))
        await until(lambda: running.text)
        waited = await complete(pool, question("Hello"))
        assert isinstance(waited.error, QueueTimeout)
        assert waited.error.retry_after > 0
        assert [event.position for event in waited.events if isinstance(event, Queued)] == [1]
        assert not pool.status().queue
        assert running.error is None
        asking.cancel()
        await asyncio.wait([asking])


@pytest.mark.parametrize("when", ["waiting", "starting", "answering"])
@pytest.mark.serial
async def test_closing_the_iterator_frees_the_place(when: str, fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW)) as pool:
        other = pool.generate(question("Hello"))
        if when == "waiting":
            await anext(other)
        events = pool.generate(question("Hello", keep=True))
        wanted = {"waiting": Queued, "starting": Started, "answering": Text}[when]
        async for event in events:
            if isinstance(event, wanted):
                break
        serving = pids(pool, Role.SERVING)
        closed = time.monotonic()
        await events.aclose()
        await other.aclose()
        assert not pool.status().queue
        assert not pids(pool, Role.SERVING)
        await until(lambda: not any(alive(pid) for pid in serving))
        assert time.monotonic() - closed < 1.0 * NOISE
        await settled(pool)


async def test_many_requests_of_one_caller_delay_another_by_one_turn(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, max_queue=100) as pool:
        order: list[str] = []

        async def ask(caller: str) -> None:
            assert (await complete(pool, question("Hello", caller=caller))).error is None
            order.append(caller)

        async with asyncio.TaskGroup() as group:
            for _ in range(50 if SOAK else 10):
                group.create_task(ask("many"))
            await until(lambda: len(order) == 2)
            before = len(order)
            await ask("one")
            assert order.index("one") - before <= 2  # the one that ran, and one turn


async def test_a_prompt_that_does_not_fit_is_refused_without_affecting_others(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, model_instances=2) as pool:
        long, other = await asyncio.gather(complete(pool, question("word " * 2000)), complete(pool, question("Hello")))
        assert isinstance(long.error, PromptTooLong)
        assert (long.error.prompt_tokens, long.error.context_size) == (2004, 1024)
        assert long.events[-1:] == [] or not isinstance(long.events[-1], (Started, Text))
        assert other.text == "I heard: Hello"
        assert pool.status().crashes == 0


async def test_a_launch_that_fails_is_not_blamed_on_the_request(
    fake_cli: Path, pool_on: StartPool, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    extra = switches("exit-at-launch=no memory left", f"while={broken}")
    async with pool_on(fake_cli, extra, standby_instances=0) as pool:
        broken.touch()
        error = (await complete(pool, question("Hello"))).error
        assert isinstance(error, EngineUnavailable)
        assert "no memory left" in str(error)
        assert pool.status().crashes == 1
        broken.unlink()
        assert (await complete(pool, question("Hello"))).error is None
        assert not pool.health().failure


async def test_a_new_caller_displaces_a_request_of_the_caller_that_queues_most(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, switches(*SLOW), max_queue=2) as pool:
        asking = [asyncio.create_task(complete(pool, question("Hello", caller="key:Ann"))) for _ in range(3)]
        await until(lambda: len(pool.status().queue) == 2)
        bob = asyncio.create_task(complete(pool, question("Hello", caller="user:Bob")))
        done, _ = await asyncio.wait(asking, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        assert [type(task.result().error) for task in done] == [QueueFull]
        assert {ticket.caller for ticket in pool.status().queue} == {"key", "user"}
        for task in (*asking, bob):
            task.cancel()
        await asyncio.wait([*asking, bob])


async def test_the_status_shows_what_computes_on_which_cores(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW)) as pool:
        asking = asyncio.create_task(complete(pool, question("My secret", caller="Ann", sampling=Sampling(seed=7))))
        await until(lambda: any(process.state == "answering" for process in pool.status().workers))
        status = pool.status()
        (process,) = [process for process in status.workers if process.role == "serving"]
        assert (process.profile["seed"], process.profile["top_k"], process.profile["min_p"]) == (7, 0, 0.0)
        assert process.private_memory > 0
        # A launch ahead may have the other core.
        (lease,) = [lease for lease in status.leases if lease.role == "serving"]
        assert (lease.worker, len(lease.cores)) == (process.worker, status.threads)
        assert "secret" not in repr(status)
        asking.cancel()
        await asyncio.wait([asking])
