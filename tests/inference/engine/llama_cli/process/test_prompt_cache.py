"""Cached launch prompts give the same answers, and damaged files do no harm."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.engine import GenerationRequest, Message, Sampling
from inference.engine.errors import LaunchError
from inference.engine.gguf.header import read_model_file
from inference.engine.llama_cli.models.program import find_program
from inference.engine.llama_cli.planner import Plan
from inference.engine.llama_cli.process.process import Process
from inference.engine.llama_cli.process.prompt_cache import PromptCache
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import PATIENCE, command, steady, switches
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.llama_cli.process.processes import ask, rendered_plan
from tests.inference.engine.pools import complete, pids, settled

Binary = Callable[[str], Path]
GREEDY = Sampling(temperature=0.0)


def request(system: str, text: str = "What is tea?") -> GenerationRequest:
    return GenerationRequest(
        (Message("system", system), Message("user", text)), max_tokens=40, sampling=GREEDY, context_size=1024
    )


def plan_for(model: Path, system: str) -> Plan:
    return rendered_plan(model, request(system))


def cache_in(folder: Path, binary: Path, model: Path, *extra: str, **limits: int) -> PromptCache:
    file, program = read_model_file(model), find_program(binary)
    return PromptCache(
        folder, binary, model, (*program.arguments, *extra), sorted(file.control_tokens | file.end_tokens), **limits
    )


async def answer(binary: Path, model: Path, plan: Plan, cache_arguments: list[str]) -> str:
    process = Process(
        command(binary, model, *steady(model)), plan.profile.with_seed(1), cache_arguments=cache_arguments
    )
    try:
        await process.start()
        text, _ = await ask(process, plan, max_tokens=40)
        return text
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("system", ["Be brief.", "Say it in “Ünïcödé”.\n\tTwice\\n.", "word " * 150])
async def test_an_answer_is_the_same_with_and_without_the_cache(
    system: str, engine_binary: Binary, model: Path, tmp_path: Path
) -> None:
    binary, plan = engine_binary("llama-cli"), plan_for(model, system)
    cache = cache_in(tmp_path, binary, model, *steady(model))
    assert cache.arguments(plan.profile) == []
    await cache.fill(plan.profile, PATIENCE)
    arguments = cache.arguments(plan.profile)
    assert arguments
    assert await answer(binary, model, plan, arguments) == await answer(binary, model, plan, [])


async def test_a_file_belongs_to_one_prompt_model_and_set_of_arguments(
    fake_cli: Path, model: Path, small_model: Callable[..., Path], tmp_path: Path
) -> None:
    plan = plan_for(model, "Be brief.")
    cache = cache_in(tmp_path, fake_cli, model)
    await cache.fill(plan.profile, PATIENCE)
    assert cache.arguments(plan.profile)
    assert not cache.arguments(plan_for(model, "Be long.").profile)
    assert not cache_in(tmp_path, fake_cli, small_model(seed=7)).arguments(plan.profile)
    assert not cache_in(tmp_path, fake_cli, model, "-ctk", "q8_0").arguments(plan.profile)


async def test_a_run_that_fails_or_hangs_leaves_no_file(fake_cli: Path, model: Path, tmp_path: Path) -> None:
    plan = plan_for(model, "Be brief.")
    for fault, seconds in (("exit-at-launch=broken", PATIENCE), ("never-ready", 0.5)):
        cache = cache_in(tmp_path, fake_cli, model, *switches(fault))
        await cache.fill(plan.profile, seconds)
        assert not os.listdir(tmp_path)  # noqa: PTH208
        assert cache.arguments(plan.profile) == []


async def test_the_least_recently_used_files_are_deleted(fake_cli: Path, model: Path, tmp_path: Path) -> None:
    cache = cache_in(tmp_path, fake_cli, model, max_files=2)
    plans = [plan_for(model, f"Be {number}.") for number in range(3)]
    for age, plan in enumerate(plans[:2]):
        await cache.fill(plan.profile, PATIENCE)
        path = cache.arguments(plan.profile)[1]
        os.utime(path, (1000 + age, 1000 + age))
    cache.arguments(plans[0].profile)  # used just now
    await cache.fill(plans[2].profile, PATIENCE)
    assert [bool(cache.arguments(plan.profile)) for plan in plans] == [True, False, True]


async def test_the_total_size_of_the_files_is_bounded(fake_cli: Path, model: Path, tmp_path: Path) -> None:
    cache = cache_in(tmp_path, fake_cli, model, max_bytes=250)
    for number in range(4):
        await cache.fill(plan_for(model, f"{number}" * 90).profile, PATIENCE)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 250  # noqa: ASYNC240 – a few bytes
    assert cache.arguments(plan_for(model, "3" * 90).profile)


async def test_files_of_a_killed_server_are_deleted_and_others_cannot_read_the_folder(
    fake_cli: Path, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    cache = cache_in(folder, fake_cli, model)
    await cache.fill(plan_for(model, "Be brief.").profile, PATIENCE)
    left, under_way = folder / "a.1.part", folder / "b.2.part"
    left.touch()
    under_way.touch()
    os.utime(left, (1000, 1000))
    await cache.fill(plan_for(model, "Be long.").profile, PATIENCE)
    assert not left.exists()
    assert under_way.exists()
    assert folder.stat().st_mode & 0o077 == 0


async def test_a_damaged_file_does_not_start_a_process(engine_binary: Binary, model: Path, tmp_path: Path) -> None:
    """The pool's retry depends on this."""
    binary, plan = engine_binary("llama-cli"), plan_for(model, "Be brief.")
    cache = cache_in(tmp_path, binary, model, *steady(model))
    await cache.fill(plan.profile, PATIENCE)
    arguments = cache.arguments(plan.profile)
    _damage(tmp_path)
    with pytest.raises(LaunchError):
        await answer(binary, model, plan, arguments)


async def test_a_damaged_file_is_deleted_and_the_launch_retried(
    engine_binary: Binary, model: Path, tmp_path: Path, pool_on: StartPool
) -> None:
    settings = {"system_prompt": "Be brief.", "cache_folder": tmp_path / "kept"}
    async with pool_on(engine_binary("llama-cli"), steady(model), **settings) as pool:
        await settled(pool)
        expected = await complete(pool, request("Be brief."))
    assert _damage(tmp_path / "kept") == 1
    async with pool_on(engine_binary("llama-cli"), steady(model), **settings) as pool:
        outcome = await complete(pool, request("Be brief."))
        assert outcome.error is None
        assert outcome.text == expected.text
        await settled(pool)
        assert pids(pool, Role.STANDBY)


def _damage(folder: Path) -> int:
    files = list(folder.glob("*.cache"))
    for path in files:
        path.write_bytes(path.read_bytes()[:100] + b"\xff" * 100)
    return len(files)
