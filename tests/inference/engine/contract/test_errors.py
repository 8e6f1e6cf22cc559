"""Each error of the tree, where a caller or an operator can observe it. Those of the queue are in `test_queue.py`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from inference.engine import FinishReason, Sampling
from inference.engine.errors import (
    ChatTemplateError,
    EngineCrashed,
    EngineTimeout,
    EngineUnavailable,
    LaunchError,
    ModelFileError,
    PromptRefused,
)
from tests.engine_processes import until
from tests.inference.engine.contract.asking import PROMPTLY, ask, asking, received
from tests.inference.engine.contract.conftest import Harness, StartEngine
from tests.inference.engine.contract.engines import GREEDY, SLOW, Behaviour

NEEDS_A_LAUNCH = Sampling(temperature=0.5, seed=7)


# Crashes.


@pytest.mark.promise(1)
async def test_a_crash_before_the_first_token_is_retried_without_a_trace(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(crash_at=0, crash_once=True)) as engine:
        await engine.settled()
        outcome = await ask(engine, "poison")
        assert outcome.error is None
        assert outcome.text == "I heard: poison"
        assert outcome.started
        assert outcome.finished.reason is FinishReason.STOP
        assert engine.status().crashes == 1


@pytest.mark.promise(1)
async def test_two_crashes_before_the_first_token_are_an_error(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(crash_at=0), model_instances=2) as engine:
        poisoned, other = await asyncio.gather(ask(engine, "poison"), ask(engine, "Hello"))
        assert isinstance(poisoned.error, EngineCrashed)
        assert poisoned.text == ""
        assert other.text == "I heard: Hello"
        assert engine.status().crashes == 2
        assert engine.status().failure == ""


@pytest.mark.promise(2)
async def test_a_crash_in_the_answer_keeps_its_text(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(words=9, crash_at=3), model_instances=2) as engine:
        poisoned, other = await asyncio.gather(ask(engine, "poison"), ask(engine, "Hello"))
        assert isinstance(poisoned.error, EngineCrashed)
        assert poisoned.text == "w0 w1 w2"
        assert len(other.text.split()) == 9
        assert engine.status().crashes == 1


@pytest.mark.serial
@pytest.mark.promise(2)
async def test_a_crash_in_the_answer_is_reported_promptly(engine_with: StartEngine) -> None:
    async with engine_with(SLOW) as engine, asking(engine, "Hello") as (task, running):
        (worker,) = engine.status().answering
        killed = time.monotonic()
        engine.kill(worker)
        await task
        assert isinstance(running.error, EngineCrashed)
        assert running.ended_at - killed < PROMPTLY
        assert running.started
        assert running.text
        assert engine.gone(worker)


@pytest.mark.promise(3)
async def test_an_idle_worker_that_crashes_is_replaced(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        await engine.settled()
        (worker,) = [worker.name for worker in engine.status().workers]
        engine.kill(worker)
        await until(lambda: engine.status().crashes == 1)
        await engine.settled()
        (replacement,) = [worker.name for worker in engine.status().workers]
        assert replacement != worker
        assert (await ask(engine, "Hello")).text == "I heard: Hello"


async def test_a_conversation_whose_worker_crashed_continues(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=True)
        (resident,) = engine.status().conversations
        engine.kill(resident)
        second = await ask(engine, "One", first.text, "Two", caller="Ann")
        assert second.text == "I heard: One | Two"


# Timeouts.


@pytest.mark.parametrize(("token", "text"), [(0, ""), (2, "w0 w1")])
@pytest.mark.promise(5)
async def test_silence_is_ended_by_a_timeout_that_keeps_the_text(
    token: int, text: str, engine_with: StartEngine
) -> None:
    async with engine_with(Behaviour(words=9, hang_at=token), silence=1.0, model_instances=2) as engine:
        poisoned, other = await asyncio.gather(ask(engine, "poison"), ask(engine, "Hello"))
        assert isinstance(poisoned.error, EngineTimeout)
        assert poisoned.text == text
        assert len(other.text.split()) == 9


# Launches.


async def test_a_launch_that_fails_at_the_start_is_refused(harness: Harness) -> None:
    with pytest.raises(LaunchError, match="no such thing"):
        await harness.start(Behaviour(broken="no such thing"))
    assert harness.left_behind() == []


async def test_a_model_that_repeats_one_token_is_refused(harness: Harness) -> None:
    with pytest.raises(LaunchError, match="over and over"):
        await harness.start(Behaviour(repeats_one_token=True))
    assert harness.left_behind() == []


async def test_an_engine_that_could_not_start_can_be_started_again(harness: Harness) -> None:
    harness.launches_fail = True
    behaviour = Behaviour(failing_launch="not yet")
    with pytest.raises(LaunchError, match="not yet"):
        await harness.start(behaviour)
    assert harness.status().state == "stopped"
    harness.launches_fail = False
    await harness.start(behaviour)
    assert (await ask(harness, "Hello")).text == "I heard: Hello"
    await harness.stop()
    assert harness.left_behind() == []


async def test_a_launch_that_fails_later_makes_the_engine_unavailable(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(failing_launch="no memory left")) as engine:
        await engine.settled()
        engine.launches_fail = True
        outcome = await ask(engine, "Hello", sampling=NEEDS_A_LAUNCH)
        assert isinstance(outcome.error, EngineUnavailable)
        assert "no memory left" in str(outcome.error)
        assert outcome.events == []
        engine.launches_fail = False
        assert (await ask(engine, "Hello", sampling=NEEDS_A_LAUNCH)).text == "I heard: Hello"
        assert engine.status().failure == ""


# Model and template.


@pytest.mark.parametrize("content", [None, b"", b"This is no model.", b"GGUF\3\0\0\0"])
async def test_a_file_that_is_no_model_is_refused(content: bytes | None, harness: Harness, tmp_path: Path) -> None:
    model = tmp_path / "bad.gguf"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(ModelFileError):
        await harness.start(Behaviour(), model=model)
    assert harness.left_behind() == []


@pytest.mark.parametrize("template", ["{% for", "{{ messages | no_such_filter }}", "{{ raise_exception('No.') }}"])
async def test_a_bad_chat_template_fails_conversations_and_not_raw_prompts(
    template: str, engine_with: StartEngine
) -> None:
    async with engine_with(Behaviour(words=3), chat_template=template) as engine:
        assert isinstance((await ask(engine, "Hello")).error, ChatTemplateError)
        request = engine.request(caller="", prompt="Hello", sampling=GREEDY, context_size=1024)
        outcome = await received(engine, request)
        assert outcome.error is None
        assert outcome.text.split() == ["w0", "w1", "w2"]


async def test_a_transcript_that_the_template_refuses_fails_alone(engine_with: StartEngine) -> None:
    template = (
        "{% if messages[0]['content'] == 'forbidden' %}{{ raise_exception('Not this.') }}{% endif %}"
        "{% for message in messages %}User: {{ message['content'] }}<|eot_id|>{% endfor %}Assistant: "
    )
    async with engine_with(Behaviour(words=3), chat_template=template) as engine:
        refused = await ask(engine, "forbidden")
        assert isinstance(refused.error, PromptRefused)
        assert "Not this." in str(refused.error)
        assert (await ask(engine, "Hello")).text == "w0 w1 w2"
