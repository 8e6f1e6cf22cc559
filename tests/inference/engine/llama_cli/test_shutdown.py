"""How a pool drains, stops and starts again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from inference.engine import (
    EngineState,
    FinishReason,
    make_engine,
)
from inference.engine.errors import (
    EngineStopping,
    LaunchError,
)
from tests.engine_processes import PATIENCE, switches, until
from tests.inference.engine.configs import engine_config
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import SLOW, Outcome, complete, question


async def test_a_drain_finishes_running_answers_and_refuses_the_rest(fake_cli: Path, pool_on: StartPool) -> None:
    slow = switches("tokens=30", "seconds-per-token=0.02")
    async with pool_on(fake_cli, slow) as pool:
        running = Outcome()
        asking = asyncio.create_task(complete(pool, question("Hello"), running))
        await until(lambda: running.text)
        waiting = asyncio.create_task(complete(pool, question("Hello")))
        await until(lambda: pool.status().queue)
        draining = asyncio.create_task(pool.drain(PATIENCE))
        await until(lambda: pool.health().state is EngineState.DRAINING)
        assert isinstance((await complete(pool, question("Hello"))).error, EngineStopping)
        assert isinstance((await waiting).error, EngineStopping)
        await asking
        assert running.finished.reason is FinishReason.STOP
        assert len(running.text.split()) == 30
        await draining
        await pool.stop()
        assert pool.health().state is EngineState.STOPPED


async def test_an_answer_longer_than_the_drain_time_is_ended(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW, "ignore-sigterm", "ignore-sigint")) as pool:
        running = Outcome()
        asking = asyncio.create_task(complete(pool, question("Hello"), running))
        await until(lambda: running.text)
        await pool.drain(0.2)
        await asking
        assert isinstance(running.error, EngineStopping)
        assert running.text


async def test_a_pool_that_could_not_start_can_be_started_again(fake_cli: Path, model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    extra = switches("exit-at-launch=not yet", f"while={broken}")
    pool = make_engine(engine_config(fake_cli, model, tmp_path / "cache", extra_arguments=extra, max_threads=1))
    with pytest.raises(LaunchError, match="not yet"):
        await pool.start()
    assert pool.health().state is EngineState.STOPPED
    broken.unlink()
    await pool.start()
    assert (await complete(pool, question("Hello"))).text == "I heard: Hello"
    await pool.stop()
