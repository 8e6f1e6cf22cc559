"""Changes of the configuration that fail, wait for each other or are interrupted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from inference.engine.errors import (
    EngineStopping,
    LaunchError,
    ModelFileError,
)
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import PATIENCE, switches, until
from tests.inference.engine.configs import with_settings
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import RECITING, SLOW, Outcome, changed, complete, pids, question, settled, submit


@pytest.mark.parametrize(
    ("fault", "message"), [("exit-at-launch=no such model", "no such model"), ("repeat-one-token", "over and over")]
)
async def test_a_broken_engine_changes_nothing(fault: str, message: str, fake_cli: Path, pool_on: StartPool) -> None:
    events: list[tuple[str, str]] = []
    async with pool_on(fake_cli, on_event=lambda *event: events.append(event)) as pool:
        first = await complete(pool, question("One", keep=True))
        await settled(pool)
        config, processes = pool.config, pids(pool, Role.RESIDENT) + pids(pool, Role.STANDBY)
        waiting = [asyncio.create_task(complete(pool, question(str(number)))) for number in range(5)]
        with pytest.raises(LaunchError, match=message):
            await pool.reconfigure(changed(pool, fault, max_threads=2))
        assert [(await each).text for each in waiting] == [f"I heard: {number}" for number in range(5)]
        assert (pool.config, pool.status().revision, pool.status().threads) == (config, 1, 1)
        assert processes[0] in pids(pool, Role.RESIDENT)
        assert (await complete(pool, question("One", first.text, "Two"))).text == "I heard: One | Two"
        assert [kind for kind, _ in events] == ["start"]


async def test_a_file_that_is_not_a_model_changes_nothing(fake_cli: Path, pool_on: StartPool, tmp_path: Path) -> None:
    async with pool_on(fake_cli) as pool:
        for path in (fake_cli, tmp_path / "missing.gguf"):
            with pytest.raises(ModelFileError):
                await pool.reconfigure(with_settings(pool.config, model=path))
        with pytest.raises(LaunchError):
            await pool.reconfigure(with_settings(pool.config, binary=tmp_path / "missing"))
        assert (await complete(pool, question("One"))).text == "I heard: One"


async def test_a_system_prompt_that_does_not_fit_stops_no_answers_and_is_not_launched_over_and_over(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli) as pool:
        await settled(pool)
        await pool.reconfigure(with_settings(pool.config, system_prompt="word " * 2000))
        await until(lambda: pool.health().idle)
        assert pids(pool, Role.STANDBY) == []
        assert (await complete(pool, question("One"))).text == "I heard: One"
        assert not pool.health().failure
        with pytest.raises(LaunchError, match="system prompt"):
            await pool.reconfigure(changed(pool, *RECITING))


# Concurrent changes and interruptions.


async def test_a_trial_waits_for_cores_and_runs_alone(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW), max_threads=2) as pool:
        task, _ = await submit(pool, "Hello")
        change = asyncio.create_task(pool.reconfigure(changed(pool, "echo", "slow-launch=1", max_threads=2)))
        await until(lambda: pool.status().changing)
        assert [lease.role for lease in pool.status().leases] == ["serving"] * pool.status().places
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: [lease.role for lease in pool.status().leases] == ["trial"])
        waiting, _ = await submit(pool, "Hello")
        assert [lease.role for lease in pool.status().leases] == ["trial"]
        assert len(pool.status().queue) == 1
        await change
        assert (await waiting).text == "Hello"


async def test_a_second_change_waits_for_the_first(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        configs = [changed(pool, "tokens=5"), changed(pool, "tokens=7")]
        await asyncio.gather(*(pool.reconfigure(config) for config in configs))
        assert pool.config is configs[1]
        assert pool.status().revision == 3
        assert len((await complete(pool, question("One"))).text.split()) == 7


@pytest.mark.parametrize("how", ["cancelled", "drained", "stopped"])
@pytest.mark.parametrize("when", ["waits for cores", "proves"])
async def test_a_change_can_be_interrupted(how: str, when: str, fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("tokens=100", "seconds-per-token=0.02"), max_threads=2) as pool:
        outcome = Outcome()
        if when == "waits for cores":
            task, outcome = await submit(pool, "Hello")
        change = asyncio.create_task(pool.reconfigure(changed(pool, "never-ready")))
        roles = {"waits for cores": "serving", "proves": "trial"}
        await until(lambda: when == "proves" or pool.status().changing)
        await until(lambda: [each.role for each in pool.status().leases] == [roles[when]])
        second = asyncio.create_task(pool.reconfigure(changed(pool, "echo")))
        if how == "cancelled":
            change.cancel()
            second.cancel()
            await asyncio.wait([change, second])
            assert change.cancelled()
            assert pool.status().revision == 1
            assert len((await complete(pool, question("Hello", max_tokens=3))).text.split()) == 3
        else:
            await (pool.drain(PATIENCE) if how == "drained" else pool.stop())
            for each in (change, second):
                with pytest.raises(EngineStopping):
                    await each
        if when == "waits for cores":
            await task
            assert (outcome.error is None) is (how != "stopped")
