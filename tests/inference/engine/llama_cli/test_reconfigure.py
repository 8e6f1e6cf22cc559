"""A pool whose configuration is replaced while it answers: nothing is dropped, nothing is mixed."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference.engine import Engine, EngineConfig, FinishReason, Queued, Sampling
from inference.engine.errors import (
    CallerBusy,
    ContextTooLarge,
    EngineStopping,
    LaunchError,
    ModelFileError,
    NoSuchWorker,
    QueueTimeout,
)
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import PATIENCE, SOAK, alive, steady, switches, until
from tests.inference.engine.configs import with_settings
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import SLOW, Outcome, pids, question, settled, told

Binary = Callable[[str], Path]
RECITING = ("seconds-per-token=0.001",)  # another set of arguments, on which the fake says the same


def changed(pool: Engine, *names: str, **settings: Any) -> EngineConfig:
    """The pool's configuration with these switches of the fake, and settings."""
    return with_settings(pool.config, extra_arguments=(*switches(*names), "-l", "0-1000"), **settings)


async def asking(pool: Engine, *texts: str, **request: Any) -> tuple[asyncio.Task[Outcome], Outcome]:
    """A request that is answered, or waits."""
    outcome = Outcome()
    task = asyncio.create_task(told(pool, question(*texts, **request), outcome))
    await until(lambda: outcome.text or any(isinstance(event, Queued) for event in outcome.events) or outcome.error)
    return task, outcome


@pytest.fixture
def other_model(model: Path, tmp_path: Path) -> Path:
    return shutil.copy(model, tmp_path / "other.gguf")


# Nothing dropped, nothing mixed.


@pytest.mark.parametrize("seed", range(5 if SOAK else 1))
async def test_changes_of_everything_under_load_drop_and_mix_nothing(
    seed: int, fake_cli: Path, model: Path, other_model: Path, pool_on: StartPool
) -> None:
    """The fake recites all it has heard, whatever it was launched with. Conversations go on through all changes."""
    chance = random.Random(seed)
    conversations, turns = (60, 6) if SOAK else (12, 4)
    running = True

    async def converse(pool: Engine, number: int) -> None:
        transcript: list[str] = []
        heard: list[str] = []
        for turn in range(turns):
            heard.append(f"secret-{number}-{turn}")
            transcript.append(heard[-1])
            limit = chance.choice([2, 10_000])
            request = question(*transcript, caller=f"caller {number % 3}", keep=chance.random() < 0.8, max_tokens=limit)
            outcome = await told(pool, request)
            assert outcome.error is None
            answer = outcome.text
            while outcome.finished.reason is FinishReason.LENGTH:
                outcome = await told(pool, replace(question(*transcript, answer), caller=request.caller))
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
        asked = [told(pool, question(f"What is {subject}?", max_tokens=40)) for subject in subjects]
        return [outcome.text for outcome in await asyncio.gather(*asked)]

    binary, extra, story = engine_binary("llama-cli"), steady(first), ("Tell me a story.",)
    async with pool_on(binary, extra, model=first) as pool:
        expected_story = (await told(pool, question(*story, max_tokens=900))).text
        before = await answers(pool)
    async with pool_on(binary, extra, model=second, max_threads=2) as pool:
        expected = await answers(pool)
    assert before != expected
    async with pool_on(binary, extra, model=first) as pool:
        task, running = await asking(pool, *story, max_tokens=900)
        waiting = [await asking(pool, f"What is {subject}?", max_tokens=40) for subject in subjects]
        await pool.reconfigure(with_settings(pool.config, model=second, max_threads=2))
        assert not task.done()
        assert [(await waited).text for waited, _ in waiting] == expected
        assert (await task).text == expected_story
        assert [outcome.finished.threads for outcome in (running, waiting[0][1])] == [1, 2]
        await pool.reconfigure(with_settings(pool.config, max_threads=1, model_instances=2))
        assert await answers(pool) == expected
        assert {process.model for process in pool.status().workers} == {second.name}


async def test_what_runs_ends_as_it_began_and_what_waits_is_answered_by_the_new_engine_in_its_turn(
    fake_cli: Path, small_model: Callable[..., Path], pool_on: StartPool
) -> None:
    other = small_model(name="Other")
    async with pool_on(fake_cli, switches("tokens=300", "seconds-per-token=0.02")) as pool:
        task, running = await asking(pool, "Hello", caller="Ann")
        first, second = await asking(pool, "One", caller="Bob"), await asking(pool, "Two", caller="Cleo")
        change = asyncio.create_task(pool.reconfigure(changed(pool, "echo", model=other)))
        await until(lambda: pool.status().changing)
        assert pool.status().revision == 1
        await change
        assert not task.done()
        assert len((await task).text.split()) == 300
        for each, text in ((first, "One"), (second, "Two")):
            assert (await each[0]).text == text
        assert first[1].over_at < second[1].over_at
        for outcome, name in ((running, "Random"), (first[1], "Other"), (second[1], "Other")):
            assert (outcome.started.model, outcome.finished.model) == (name, name)
        assert (pool.status().revision, pool.status().model) == (2, other.name)
        assert (await told(pool, question("Three"))).text == "Three"


async def test_a_conversation_is_replayed_for_the_new_engine_before_it_goes_on(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli) as pool:
        first = await told(pool, question("One", caller="Ann", keep=True))
        await settled(pool)
        (before,) = pids(pool, Role.RESIDENT)
        await pool.reconfigure(changed(pool, *RECITING))
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)
        assert pids(pool, Role.RESIDENT) != [before]
        second = await told(pool, question("One", first.text, "Two", caller="Ann", keep=True))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0


async def test_a_conversation_whose_answer_ran_through_the_change_is_replayed_too(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, switches("seconds-per-token=0.1"), model_instances=2) as pool:
        task, _ = await asking(pool, "One", caller="Ann", keep=True)
        await pool.reconfigure(changed(pool))
        first = await task
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)
        second = await told(pool, question("One", first.text, "Two", caller="Ann"))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0


async def test_what_needs_no_process_is_in_force_at_once_and_ends_no_process_that_is_still_right(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, switches(*SLOW, "when=never")) as pool:
        first = await told(pool, question("One", caller="Ann", keep=True, max_tokens=1))
        assert first.error is None
        await settled(pool)
        residents, standbys = pids(pool, Role.RESIDENT), pids(pool, Role.STANDBY)
        task, running = await asking(pool, "Hello", caller="Bob", sampling=Sampling(temperature=0.5))
        waiting, _ = await asking(pool, "Hello", caller="Cleo")
        limits = {"max_queue": 1, "max_requests_per_caller": 1, "queue_timeout": 0.1, "resident_idle": 900.0}
        await pool.reconfigure(with_settings(pool.config, **limits))
        assert isinstance((await waiting).error, QueueTimeout)
        assert isinstance((await told(pool, question("Hello", caller="Bob"))).error, CallerBusy)
        assert (pids(pool, Role.RESIDENT), pids(pool, Role.STANDBY)) == (residents, standbys)
        assert running.error is None
        task.cancel()
        await asyncio.wait([task])
        await pool.reconfigure(with_settings(pool.config, system_prompt="Be brief."))
        await until(lambda: pids(pool, Role.STANDBY) not in (standbys, []))
        assert pids(pool, Role.RESIDENT) == residents


async def test_a_context_that_the_new_model_does_not_have_is_told_to_who_asked_for_it(
    fake_cli: Path, small_model: Callable[..., Path], pool_on: StartPool
) -> None:
    small = small_model(context_length=512)
    async with pool_on(fake_cli) as pool:
        await pool.pause()
        default, _ = await asking(pool, "Hello", caller="Ann")
        smaller, _ = await asking(pool, "Hello", caller="Bob", context_size=400)
        larger, _ = await asking(pool, "Hello", caller="Cleo", context_size=1500)
        await pool.reconfigure(changed(pool, "echo", model=small))
        assert isinstance((await larger).error, ContextTooLarge)
        assert "1500" in str((await larger).error)
        await pool.resume()
        assert [(await each).text for each in (default, smaller)] == ["Hello", "Hello"]


# What does not work.


@pytest.mark.parametrize(
    ("fault", "message"), [("exit-at-launch=no such model", "no such model"), ("repeat-one-token", "over and over")]
)
async def test_an_engine_that_does_not_work_leaves_all_as_it_was(
    fault: str, message: str, fake_cli: Path, pool_on: StartPool
) -> None:
    events: list[tuple[str, str]] = []
    async with pool_on(fake_cli, on_event=lambda *event: events.append(event)) as pool:
        first = await told(pool, question("One", keep=True))
        await settled(pool)
        config, processes = pool.config, pids(pool, Role.RESIDENT) + pids(pool, Role.STANDBY)
        waiting = [asyncio.create_task(told(pool, question(str(number)))) for number in range(5)]
        with pytest.raises(LaunchError, match=message):
            await pool.reconfigure(changed(pool, fault, max_threads=2))
        assert [(await each).text for each in waiting] == [f"I heard: {number}" for number in range(5)]
        assert (pool.config, pool.status().revision, pool.status().threads) == (config, 1, 1)
        assert processes[0] in pids(pool, Role.RESIDENT)
        assert (await told(pool, question("One", first.text, "Two"))).text == "I heard: One | Two"
        assert [kind for kind, _ in events] == ["start"]


async def test_a_file_that_is_no_model_leaves_all_as_it_was(fake_cli: Path, pool_on: StartPool, tmp_path: Path) -> None:
    async with pool_on(fake_cli) as pool:
        for path in (fake_cli, tmp_path / "missing.gguf"):
            with pytest.raises(ModelFileError):
                await pool.reconfigure(with_settings(pool.config, model=path))
        with pytest.raises(LaunchError):
            await pool.reconfigure(with_settings(pool.config, binary=tmp_path / "missing"))
        assert (await told(pool, question("One"))).text == "I heard: One"


async def test_a_system_prompt_that_does_not_fit_stops_no_answers_and_is_not_launched_over_and_over(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli) as pool:
        await settled(pool)
        await pool.reconfigure(with_settings(pool.config, system_prompt="word " * 2000))
        await until(lambda: pool.health().idle)
        assert pids(pool, Role.STANDBY) == []
        assert (await told(pool, question("One"))).text == "I heard: One"
        assert not pool.health().failure
        with pytest.raises(LaunchError, match="system prompt"):
            await pool.reconfigure(changed(pool, *RECITING))


# In the middle of a change.


async def test_a_proof_waits_for_cores_and_nobody_computes_beside_it(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW), max_threads=2) as pool:
        task, _ = await asking(pool, "Hello")
        waiting, _ = await asking(pool, "Hello")
        change = asyncio.create_task(pool.reconfigure(changed(pool, "echo", "slow-launch=0.5", max_threads=2)))
        await until(lambda: pool.status().changing)
        assert [lease.role for lease in pool.status().leases] == ["serving"] * pool.status().places
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: [lease.role for lease in pool.status().leases] == ["trial"])
        assert len(pool.status().queue) == 1
        await change
        assert (await waiting).text == "Hello"


async def test_a_second_change_waits_for_the_first(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        configs = [changed(pool, "tokens=5"), changed(pool, "tokens=7")]
        await asyncio.gather(*(pool.reconfigure(config) for config in configs))
        assert pool.config is configs[1]
        assert pool.status().revision == 3
        assert len((await told(pool, question("One"))).text.split()) == 7


@pytest.mark.parametrize("how", ["cancelled", "drained", "stopped"])
@pytest.mark.parametrize("when", ["waits for cores", "proves"])
async def test_a_change_can_be_ended_in_its_middle(how: str, when: str, fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("tokens=100", "seconds-per-token=0.02"), max_threads=2) as pool:
        outcome = Outcome()
        if when == "waits for cores":
            task, outcome = await asking(pool, "Hello")
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
            assert len((await told(pool, question("Hello", max_tokens=3))).text.split()) == 3
        else:
            await (pool.drain(PATIENCE) if how == "drained" else pool.stop())
            for each in (change, second):
                with pytest.raises(EngineStopping):
                    await each
        if when == "waits for cores":
            await task
            assert (outcome.error is None) is (how != "stopped")


# An operator's buttons.


async def test_a_paused_pool_finishes_what_runs_and_goes_on_when_it_is_resumed(
    fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli, switches("tokens=20", "seconds-per-token=0.02")) as pool:
        task, _ = await asking(pool, "Hello")
        await pool.pause()
        waiting, outcome = await asking(pool, "Hello")
        assert len((await task).text.split()) == 20
        await settled(pool)
        assert pool.status().paused
        assert (len(pool.status().queue), outcome.text) == (1, "")
        await pool.resume()
        assert len((await waiting).text.split()) == 20
        assert not pool.status().paused


async def test_a_request_waits_for_a_paused_pool_as_long_as_it_may(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, queue_timeout=0.2) as pool:
        await pool.pause()
        assert "paused" in str((await told(pool, question("Hello"))).error)


async def test_a_configuration_can_be_changed_while_the_pool_is_paused(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        await pool.pause()
        waiting, _ = await asking(pool, "Hello")
        await pool.reconfigure(changed(pool, "echo"))
        assert len(pool.status().queue) == 1
        await pool.resume()
        assert (await waiting).text == "Hello"


async def test_an_idle_process_that_is_retired_is_replaced(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        first = await told(pool, question("One", caller="Ann", keep=True))
        await settled(pool)
        before = pids(pool, Role.STANDBY) + pids(pool, Role.RESIDENT)
        for pid in before:
            assert await pool.retire(str(pid))
        await until(lambda: not any(map(alive, before)))
        await settled(pool)
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)
        second = await told(pool, question("One", first.text, "Two", caller="Ann"))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0
        with pytest.raises(NoSuchWorker):
            await pool.retire(str(before[0]))
        assert pool.status().crashes == 0


async def test_a_process_that_answers_is_retired_after_its_answer(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("seconds-per-token=0.1")) as pool:
        task, _ = await asking(pool, "One", caller="Ann", keep=True)
        (pid,) = pids(pool, Role.SERVING)
        assert not await pool.retire(str(pid))
        assert (await task).text == "I heard: One"
        assert (await task).finished.worker == str(pid)
        await until(lambda: not alive(pid))
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)  # its replay


async def test_an_owner_has_his_share_and_no_more(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW), max_requests_per_caller=2) as pool:
        tasks = [(await asking(pool, "Hello", caller="Ann"))[0] for _ in range(2)]
        refused = await told(pool, question("Hello", caller="Ann"))
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
        assert (await told(pool, question("My secret poison"))).error is not None
        assert (await told(pool, question("One"))).text == "I heard: One"
        await pool.reconfigure(with_settings(pool.config, max_queue=7, system_prompt="My secret prompt"))
        await pool.pause()
        await pool.pause()
    assert [kind for kind, _ in events] == ["start", "crash", "change", "change"]
    assert "max_queue: 64 → 7" in events[2][1]
    assert "secret" not in repr(events)
