"""A configuration is replaced under load: nothing is dropped, nothing is mixed, and a bad one changes nothing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from inference.engine.errors import (
    CallerBusy,
    ContextTooLarge,
    EngineError,
    EngineStopping,
    LaunchError,
    ModelFileError,
    QueueTimeout,
)
from tests.engine_processes import PATIENCE, until
from tests.inference.engine.contract.asking import PROMPTLY, ask, asking, is_queued
from tests.inference.engine.contract.conftest import Harness, StartEngine
from tests.inference.engine.contract.engines import SLOW, Behaviour

ECHO = Behaviour(echo=True)


async def test_running_answers_are_unaffected_and_waiting_ones_get_the_new_configuration(
    engine_with: StartEngine,
) -> None:
    async with (
        engine_with(Behaviour(words=100, seconds_per_token=0.02)) as engine,
        asking(engine, "Hello", caller="Ann") as (task, running),
        asking(engine, "One", caller="Bob", until_it=is_queued) as (_, first),
        asking(engine, "Two", caller="Cleo", until_it=is_queued) as (last, second),
    ):
        before = engine.models[0].name
        assert engine.status().revision == 1
        other = engine.model(name="Other")
        change = asyncio.create_task(engine.reconfigure(ECHO, model=other))
        await until(lambda: engine.status().changing)
        assert engine.status().revision == 1
        await change
        assert not task.done()
        assert engine.status().model == other.stem
        assert (engine.status().revision, engine.models[0].name) == (2, "Other")
        await last
        assert len(running.text.split()) == 100
        assert (first.text, second.text) == ("One", "Two")
        assert first.ended_at < second.ended_at
        for outcome, name in ((running, before), (first, "Other"), (second, "Other")):
            assert outcome.started.model_name == outcome.finished.model_name == name
        assert (await ask(engine, "Three")).text == "Three"


async def test_changes_under_load_drop_and_mix_nothing(engine_with: StartEngine) -> None:
    async def converse(engine: Harness, number: int) -> None:
        transcript, heard = list[str](), list[str]()
        for turn in range(4):
            heard.append(f"secret-{number}-{turn}")
            transcript.append(heard[-1])
            outcome = await ask(engine, *transcript, caller=f"caller {number % 3}", keep=True)
            assert outcome.error is None
            assert outcome.text == "I heard: " + " | ".join(heard)
            transcript.append(outcome.text)

    async with engine_with(max_queue=1000, queue_timeout=600.0) as engine:
        conversations = asyncio.gather(*(converse(engine, number) for number in range(6)))
        changes: list[dict[str, Any]] = [
            {"model": engine.model(name="Other"), "model_instances": 2},
            {"system_prompt": "Be brief.", "context_size": 2048},
            {"behaviour": Behaviour(seconds_per_token=0.001), "model": engine.model(), "max_threads": 2},
            {"model_instances": 1, "max_threads": 1, "max_queue": 900},
        ]
        for change in changes:
            await engine.reconfigure(**change)
        await conversations
        assert engine.status().revision == 5
        assert engine.status().crashes == 0
        await engine.settled()
        assert engine.status().leases == []


async def test_limits_are_in_force_at_once(engine_with: StartEngine) -> None:
    async with (
        engine_with(SLOW) as engine,
        asking(engine, "Hello", caller="Bob") as (_, running),
        asking(engine, "Hello", caller="Cleo", until_it=is_queued) as (waiting, _),
    ):
        await engine.reconfigure(max_requests_per_caller=1, queue_timeout=0.1)
        assert isinstance((await waiting).error, QueueTimeout)
        assert isinstance((await ask(engine, "Hello", caller="Bob")).error, CallerBusy)
        assert running.error is None


async def test_a_conversation_stays_warm_through_a_change_that_permits_it(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=True)
        await engine.settled()
        residents = engine.status().conversations
        assert len(residents) == 1
        await engine.reconfigure(max_queue=3, queue_timeout=60.0)
        assert engine.status().conversations == residents
        second = await ask(engine, "One", first.text, "Two", caller="Ann")
        usage = first.finished.usage
        assert second.started.reused_tokens >= usage.prompt_tokens + usage.generated_tokens
        assert engine.worker_of(second.finished) == residents[0]


async def test_a_conversation_is_prepared_again_after_a_change_of_the_model(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=True)
        await engine.reconfigure(model=engine.model(name="Other"))
        await engine.settled()
        second = await ask(engine, "One", first.text, "Two", caller="Ann")
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 1
        assert second.finished.model_name == "Other"


@pytest.mark.parametrize("change", ["launch", "silly answers", "model", "no file"])
async def test_a_bad_configuration_is_refused_and_changes_nothing(
    change: str, engine_with: StartEngine, tmp_path: Path
) -> None:
    kind: type[EngineError] = LaunchError if change in ("launch", "silly answers") else ModelFileError
    (tmp_path / "text.gguf").write_text("This is no model.")
    settings: dict[str, Any] = {
        "launch": {"behaviour": Behaviour(broken="no such thing"), "max_threads": 2},
        "silly answers": {"behaviour": Behaviour(repeats_one_token=True)},
        "model": {"model": tmp_path / "text.gguf"},
        "no file": {"model": tmp_path / "missing.gguf"},
    }[change]
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=True)
        await engine.settled()
        residents, models = engine.status().conversations, engine.models
        waiting = [asyncio.create_task(ask(engine, f"{number}")) for number in range(3)]
        with pytest.raises(kind):
            await engine.reconfigure(**settings)
        assert [(await each).text for each in waiting] == [f"I heard: {number}" for number in range(3)]
        status = engine.status()
        assert (status.revision, status.changing, status.failure, engine.models) == (1, False, "", models)
        assert status.conversations == residents
        second = await ask(engine, "One", first.text, "Two", caller="Ann")
        assert second.text == "I heard: One | Two"
        assert second.finished.threads == 1


async def test_a_context_that_the_new_model_does_not_have_fails_the_request_that_asked_for_it(
    engine_with: StartEngine,
) -> None:
    async with engine_with() as engine, AsyncExitStack() as stack:
        await engine.pause()
        requests = [("Ann", 1024), ("Bob", 400), ("Cleo", 1500)]  # 1024 is the default, which becomes the new one
        default, smaller, larger = [
            (
                await stack.enter_async_context(
                    asking(engine, "Hello", caller=caller, context_size=size, until_it=is_queued)
                )
            )[0]
            for caller, size in requests
        ]
        await engine.reconfigure(ECHO, model=engine.model(context_length=512))
        error = (await larger).error
        assert isinstance(error, ContextTooLarge)
        assert "1500" in str(error)
        await engine.resume()
        assert [(await each).text for each in (default, smaller)] == ["Hello", "Hello"]


async def test_concurrent_changes_happen_one_after_the_other(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        await asyncio.gather(*(engine.reconfigure(Behaviour(words=words)) for words in (5, 6, 7)))
        assert engine.status().revision == 4
        assert len((await ask(engine, "Hello")).text.split()) == 7


async def test_a_configuration_can_be_changed_while_the_engine_is_paused(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        await engine.pause()
        async with asking(engine, "Hello", until_it=is_queued) as (waiting, _):
            await engine.reconfigure(ECHO)
            assert engine.status().paused
            assert len(engine.status().queue) == 1
            await engine.resume()
            assert (await waiting).text == "Hello"


@pytest.mark.parametrize("end", ["cancel", "drain", "stop"])
async def test_a_change_can_be_cancelled(end: str, engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(words=30, seconds_per_token=0.02)) as engine:
        await engine.settled()
        engine.launches_fail = True
        change = asyncio.create_task(engine.reconfigure(Behaviour(slow_launch=60.0)))
        await until(lambda: engine.status().changing and engine.status().leases)
        engine.launches_fail = False
        if end == "cancel":
            change.cancel()
            await asyncio.wait([change])
            assert change.cancelled()
            await until(lambda: not engine.status().changing, PROMPTLY)
            assert engine.status().revision == 1
            assert len((await ask(engine, "Hello")).text.split()) == 30
        else:
            await (engine.drain(PATIENCE) if end == "drain" else engine.stop())
            with pytest.raises(EngineStopping):
                await change
