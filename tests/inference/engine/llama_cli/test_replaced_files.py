"""A model file or binary that is replaced while it is served: never the old name and template with new weights."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from inference.engine import Engine, Sampling
from inference.engine.errors import EngineUnavailable
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import switches, until
from tests.gguf_files import write_model
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import SLOW, complete, pids, question, settled, submit

Replace = Callable[[Path, Path], None]
NEEDS_A_LAUNCH = Sampling(temperature=0.5, seed=7)


def overwrite(new: Path, at: Path) -> None:
    with at.open("r+b") as file:
        file.write(new.read_bytes())
        file.truncate()


def rename(new: Path, at: Path) -> None:
    shutil.copyfile(new, at.with_suffix(".part"))
    at.with_suffix(".part").replace(at)


def first_half(whole: Path, at: Path) -> Path:
    data = whole.read_bytes()
    at.write_bytes(data[: len(data) // 2])
    return at


@pytest.fixture
def served(model: Path, tmp_path: Path) -> Path:
    """The file that is served and replaced."""
    return shutil.copy(model, tmp_path / "served.gguf")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write_model(tmp_path / "other.gguf", name="Other")


@pytest.fixture
def pool_of(pool_on: StartPool, fake_cli: Path, served: Path) -> StartPool:
    """A pool of the fake on the file, which is checked often."""

    @asynccontextmanager
    async def start(*names: str, **settings: Any) -> AsyncGenerator[Engine, None]:
        settings = {"model": served, "check_interval": 0.1} | settings
        async with pool_on(settings.pop("binary", fake_cli), switches(*names), **settings) as pool:
            yield pool

    return start


@pytest.mark.parametrize("replace", [overwrite, rename])
@pytest.mark.promise(32)
async def test_a_replaced_model_is_taken_up(replace: Replace, pool_of: StartPool, served: Path, other: Path) -> None:
    async with pool_of() as pool:
        first = await complete(pool, question("One", keep=True))
        await settled(pool)
        before = {*pids(pool, Role.STANDBY), *pids(pool, Role.RESIDENT)}
        replace(other, served)
        second, third = await asyncio.gather(
            complete(pool, question("One", first.text, "Two", keep=True)),
            complete(pool, question("Three", sampling=NEEDS_A_LAUNCH)),
        )
        assert (second.text, third.text) == ("I heard: One | Two", "I heard: Three")
        assert {each.finished.model_name for each in (second, third)} == {"Other"}
        assert pool.models[0].name == "Other"
        assert pool.status().revision == 2
        assert pool.status().crashes == 0
        assert not before & {worker.pid for worker in pool.status().workers}


async def test_an_answer_that_runs_is_finished_with_the_model_that_it_began_with(
    pool_of: StartPool, served: Path, other: Path
) -> None:
    async with pool_of("tokens=100", "seconds-per-token=0.02") as pool:
        asking, running = await submit(pool, "Hello")
        name = pool.models[0].name
        rename(other, served)
        await until(lambda: pool.models[0].name == "Other")
        await asking
        assert (len(running.text.split()), running.finished.model_name) == (100, name)


@pytest.mark.promise(32)
async def test_an_answer_whose_weights_are_overwritten_is_an_error(
    pool_of: StartPool, served: Path, other: Path
) -> None:
    async with pool_of(*SLOW) as pool:
        asking, running = await submit(pool, "Hello")
        overwrite(other, served)
        await asking
        assert isinstance(running.error, EngineUnavailable)
        assert "served.gguf was replaced" in str(running.error)
        await until(lambda: pool.models[0].name == "Other")


async def test_weights_that_are_overwritten_just_before_the_answer_ends_are_noticed(
    pool_of: StartPool, served: Path, other: Path
) -> None:
    async with pool_of("tokens=100", "seconds-per-token=0.01", check_interval=60.0) as pool:
        asking, running = await submit(pool, "Hello")
        overwrite(other, served)
        await asking
        assert isinstance(running.error, EngineUnavailable)


@pytest.mark.parametrize("replace", [overwrite, rename])
@pytest.mark.promise(32)
async def test_a_replacement_that_cannot_be_used_is_refused_until_it_is_replaced_again(
    replace: Replace, pool_of: StartPool, served: Path, other: Path, tmp_path: Path
) -> None:
    half = first_half(other, tmp_path / "half.gguf")
    async with pool_of() as pool:
        replace(half, served)
        waiting = await complete(pool, question("Hello", sampling=NEEDS_A_LAUNCH))
        assert isinstance(waiting.error, EngineUnavailable)
        assert "served.gguf was replaced on disk and cannot be used: " in str(waiting.error)
        assert str(waiting.error) == pool.health().failure
        refused = await complete(pool, question("Hello"))
        assert str(refused.error) == pool.health().failure
        assert pool.status().crashes == 0
        replace(other, served)
        await until(lambda: not pool.health().failure and not pool.health().warning)
        assert (await complete(pool, question("Hello"))).finished.model_name == "Other"


@pytest.mark.promise(32)
async def test_a_file_that_is_moved_away_and_back_is_served_again(
    pool_of: StartPool, served: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away.gguf"
    async with pool_of() as pool:
        first = await complete(pool, question("One", keep=True))
        for _ in range(2):
            shutil.move(served, away)
            await until(lambda: pool.health().failure)
            shutil.move(away, served)
            await until(lambda: not pool.health().failure)
        second = await complete(pool, question("One", first.text, "Two"))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens  # its process had the file open
        assert pool.status().revision == 1


async def test_a_file_that_is_replaced_during_a_launch_is_not_served_under_the_old_name(
    pool_of: StartPool, served: Path, other: Path, tmp_path: Path
) -> None:
    loads = tmp_path / "loads"
    async with pool_of("slow-launch=1", f"once={loads}", standby_instances=0, check_interval=60.0) as pool:
        loads.touch()
        asking, outcome = asyncio.create_task(complete(pool, question("Hello"))), None
        await until(lambda: not loads.exists())
        rename(other, served)
        outcome = await asking
        assert isinstance(outcome.error, EngineUnavailable)
        assert "served.gguf was replaced" in str(outcome.error)
        assert outcome.events == []


async def test_a_rebuilt_binary_is_taken_up(pool_of: StartPool, fake_cli: Path, tmp_path: Path) -> None:
    binary = shutil.copy(fake_cli, tmp_path / "llama-cli")
    async with pool_of(binary=binary) as pool:
        await settled(pool)
        before = pids(pool, Role.STANDBY)
        rename(fake_cli, binary)
        binary.chmod(0o755)
        await until(lambda: pool.status().revision >= 2)
        await settled(pool)
        assert pids(pool, Role.STANDBY) != before
        assert (await complete(pool, question("Hello"))).text == "I heard: Hello"


async def test_an_adapter_among_the_arguments_counts_too(
    pool_on: StartPool, fake_cli: Path, served: Path, tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter.gguf"
    adapter.write_bytes(b"1")
    async with pool_on(fake_cli, ("--lora", str(adapter)), model=served, check_interval=0.1) as pool:
        os.utime(adapter, (1, 1))
        await until(lambda: pool.status().revision == 2)
