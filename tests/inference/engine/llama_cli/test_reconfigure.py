"""A pool whose configuration is replaced while it answers: no request is dropped, no output is mixed."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine import Engine, FinishReason, Sampling
from inference.engine.errors import (
    CallerBusy,
    QueueTimeout,
)
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import SOAK, steady, switches, until
from tests.inference.engine.configs import with_settings
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import RECITING, SLOW, changed, complete, pids, question, settled, submit

Binary = Callable[[str], Path]


@pytest.fixture
def other_model(model: Path, tmp_path: Path) -> Path:
    return shutil.copy(model, tmp_path / "other.gguf")


@pytest.mark.parametrize("seed", range(5 if SOAK else 1))
async def test_changes_of_everything_under_load_drop_and_mix_nothing(
    seed: int, fake_cli: Path, model: Path, other_model: Path, pool_on: StartPool
) -> None:
    """The fake repeats all input, whatever its arguments. Conversations continue through all changes."""
    chance = random.Random(seed)
    conversations, turns = (60, 6) if SOAK else (10, 4)
    running = True

    async def converse(pool: Engine, number: int) -> None:
        transcript: list[str] = []
        heard: list[str] = []
        for turn in range(turns):
            heard.append(f"secret-{number}-{turn}")
            transcript.append(heard[-1])
            limit = chance.choice([2, 10_000])
            request = question(*transcript, caller=f"caller {number % 3}", keep=chance.random() < 0.8, max_tokens=limit)
            outcome = await complete(pool, request)
            assert outcome.error is None
            answer = outcome.text
            while outcome.finished.reason is FinishReason.LENGTH:
                outcome = await complete(pool, replace(question(*transcript, answer), caller=request.caller))
                assert outcome.error is None
                answer += outcome.text
            assert answer == "I heard: " + " | ".join(heard)
            transcript.append(answer)

    async def change(pool: Engine) -> int:
        made = 0
        while running:
            threads, instances = chance.choice([(1, 1), (1, 2), (2, 1)])
            config = changed(
                pool,
                *chance.choice([(), RECITING]),
                model=chance.choice([model, other_model]),
                max_threads=threads,
                model_instances=instances,
                standby_instances=chance.choice([0, 1, 2]),
                resident_instances=chance.choice([0, 2, 4]),
                context_size=chance.choice([1024, 2048]),
                system_prompt=chance.choice(["", "Be brief."]),
            )
            await pool.reconfigure(config)
            made += 1
            assert pool.config is config
            if workers := [each.worker for each in pool.status().workers if each.worker]:
                await pool.retire(chance.choice(workers))
            await pool.pause()
            await asyncio.sleep(0)
            await pool.resume()
        return made

    async with pool_on(fake_cli, max_queue=1000, queue_timeout=600.0, max_requests_per_caller=1000) as pool:
        changing = asyncio.create_task(change(pool))
        await asyncio.gather(*(converse(pool, number) for number in range(conversations)))
        running = False
        assert await changing > 3
        assert pool.status().crashes == 0
        await settled(pool)
        assert not pool.status().leases


async def test_a_real_pool_answers_after_a_change_as_one_that_was_started_with_it(
    engine_binary: Binary, small_model: Callable[..., Path], pool_on: StartPool
) -> None:
    """Model, threads and instances, while one request is answered and others wait."""
    first, second = small_model(embedding=512, layers=4), small_model(embedding=512, layers=4, seed=7)
    subjects = ["tea", "milk", "salt", "rain"]

    async def answers(pool: Engine) -> list[str]:
        asked = [complete(pool, question(f"What is {subject}?", max_tokens=40)) for subject in subjects]
        return [outcome.text for outcome in await asyncio.gather(*asked)]

    binary, extra, story = engine_binary("llama-cli"), steady(first), ("Tell me a story.",)
    async with pool_on(binary, extra, model=first) as pool:
        expected_story = (await complete(pool, question(*story, max_tokens=900))).text
        before = await answers(pool)
    async with pool_on(binary, extra, model=second, max_threads=2) as pool:
        expected = await answers(pool)
    assert before != expected
    async with pool_on(binary, extra, model=first) as pool:
        task, running = await submit(pool, *story, max_tokens=900)
        waiting = [await submit(pool, f"What is {subject}?", max_tokens=40) for subject in subjects]
        await pool.reconfigure(with_settings(pool.config, model=second, max_threads=2))
        assert not task.done()
        assert [(await waited).text for waited, _ in waiting] == expected
        assert (await task).text == expected_story
        assert [outcome.finished.threads for outcome in (running, waiting[0][1])] == [1, 2]
        await pool.reconfigure(with_settings(pool.config, max_threads=1, model_instances=2))
        assert await answers(pool) == expected
        assert {process.model for process in pool.status().workers} == {second.stem}


async def test_a_conversation_is_replayed_for_the_new_engine_before_it_continues(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli) as pool:
        first = await complete(pool, question("One", caller="Ann", keep=True))
        await settled(pool)
        (before,) = pids(pool, Role.RESIDENT)
        await pool.reconfigure(changed(pool, *RECITING))
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)
        assert pids(pool, Role.RESIDENT) != [before]
        second = await complete(pool, question("One", first.text, "Two", caller="Ann", keep=True))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0


async def test_a_conversation_whose_answer_ran_through_the_change_is_replayed_too(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, switches("seconds-per-token=0.1"), model_instances=2) as pool:
        task, _ = await submit(pool, "One", caller="Ann", keep=True)
        await pool.reconfigure(changed(pool))
        first = await task
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)
        second = await complete(pool, question("One", first.text, "Two", caller="Ann"))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0


async def test_settings_that_need_no_process_apply_at_once_and_keep_matching_processes(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, switches(*SLOW, "when=never")) as pool:
        first = await complete(pool, question("One", caller="Ann", keep=True, max_tokens=1))
        assert first.error is None
        await settled(pool)
        residents, standbys = pids(pool, Role.RESIDENT), pids(pool, Role.STANDBY)
        task, running = await submit(pool, "Hello", caller="Bob", sampling=Sampling(temperature=0.5))
        waiting, _ = await submit(pool, "Hello", caller="Cleo")
        limits = {"max_queue": 1, "max_requests_per_caller": 1, "queue_timeout": 0.1, "resident_idle": 900.0}
        await pool.reconfigure(with_settings(pool.config, **limits))
        assert isinstance((await waiting).error, QueueTimeout)
        assert isinstance((await complete(pool, question("Hello", caller="Bob"))).error, CallerBusy)
        assert (pids(pool, Role.RESIDENT), pids(pool, Role.STANDBY)) == (residents, standbys)
        assert running.error is None
        task.cancel()
        await asyncio.wait([task])
        await pool.reconfigure(with_settings(pool.config, system_prompt="Be brief."))
        await until(lambda: pids(pool, Role.STANDBY) not in (standbys, []))
        assert pids(pool, Role.RESIDENT) == residents
