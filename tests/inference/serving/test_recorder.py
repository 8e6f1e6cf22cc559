"""The recorder of generations: its live record, and what it reports at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from types import SimpleNamespace
from typing import Any

import pytest

from inference.engine import (
    Event,
    Finished,
    FinishReason,
    GenerationRequest,
    Queued,
    Reasoning,
    Started,
    Text,
    Timings,
    Usage,
)
from inference.engine.errors import EngineCrashed, QueueFull
from inference.serving.callers import Caller
from inference.serving.outcome import Outcome
from inference.serving.recorder import GenerationRecorder

STARTED, FINISHED = (
    Started(7, 2, "m", "Model"),
    Finished(FinishReason.STOP, Usage(7, 2, 3), Timings(0.1, 0.2, 0.3, 0.4), 5, 2, "99", "m", "Model"),
)


class ScriptedEngine:
    """Yields the given events, and raises the given exceptions."""

    models = (SimpleNamespace(id="m", name="Model"),)

    def __init__(self, *script: Event | Exception) -> None:
        self._script = script

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        for step in self._script:
            if isinstance(step, Exception):
                raise step
            await asyncio.sleep(0.001)
            yield step


async def record(*script: Event | Exception, stop_at: int | None = None) -> tuple[Outcome, list[Outcome]]:
    """Record a scripted generation, closed after `stop_at` events; return its outcome and what was reported."""
    reported: list[Outcome] = []
    engine: Any = ScriptedEngine(*script)
    recorder = GenerationRecorder(GenerationRequest(prompt="a"), Caller("api"), [reported.append])
    with suppress(EngineCrashed, QueueFull, asyncio.CancelledError), recorder:
        async with aclosing(recorder.generate(engine)) as events:
            number = 0
            async for _ in events:
                number += 1
                if number == stop_at:
                    raise asyncio.CancelledError
    return recorder.outcome, reported


async def test_a_finished_generation_is_reported_once_with_the_engines_numbers() -> None:
    outcome, reported = await record(Queued(1, None), STARTED, Text("One "), Text("two.", 2), FINISHED)
    assert reported == [outcome]
    assert (outcome.reason, outcome.text, outcome.model, outcome.error_code) == (
        FinishReason.STOP,
        "One two.",
        "m",
        "",
    )
    assert (outcome.prompt_tokens, outcome.reused_tokens, outcome.generated_tokens) == (7, 2, 3)
    assert (outcome.queue, outcome.decode, outcome.seed, outcome.threads) == (0.1, 0.4, 5, 2)
    assert outcome.timings() == FINISHED.timings


async def test_the_record_is_live_while_the_generation_runs() -> None:
    recorder = GenerationRecorder(GenerationRequest(prompt="a"), Caller("api"), ())
    outcome = recorder.outcome
    engine: Any = ScriptedEngine(STARTED, Text("One "), Text("two.", 2), FINISHED)
    with recorder:
        async with aclosing(recorder.generate(engine)) as events:
            await anext(events)
            assert (outcome.prompt_tokens, outcome.reused_tokens, outcome.generated_tokens) == (7, 2, None)
            await anext(events)
            assert (outcome.generated_tokens, outcome.text_seconds) == (1, 0)
            await anext(events)
            assert outcome.generated_tokens == 3
            assert outcome.text_seconds > 0


async def test_the_seconds_of_thinking_end_with_the_first_text_or_with_the_answer() -> None:
    thought, text = Reasoning("I ", 1), Text("Yes.", 1)
    answered, _ = await record(STARTED, thought, Reasoning("see.", 2), text, text, FINISHED)
    assert (answered.reasoning, answered.reasoning_tokens, answered.text) == ("I see.", 3, "Yes.Yes.")
    assert answered.thinking and answered.first_text is not None and answered.last_text is not None
    assert answered.thinking < answered.last_text - answered.first_text
    cut, _ = await record(STARTED, thought, Reasoning("see.", 2), stop_at=3)
    assert (cut.reasoning, cut.text, cut.generated_tokens) == ("I see.", "", 3)
    assert cut.thinking == cut.text_seconds > 0
    assert (await record(STARTED, text, FINISHED))[0].thinking is None


async def test_a_cancelled_generation_keeps_its_tokens_and_observed_timings() -> None:
    outcome, reported = await record(STARTED, Text("One "), Text("two.", 2), FINISHED, stop_at=3)
    assert reported == [outcome]
    assert (outcome.reason, outcome.text, outcome.generated_tokens) == (FinishReason.CANCELLED, "One two.", 3)
    assert (outcome.queue, outcome.decode, outcome.seed) == (None, None, None)
    timings = outcome.timings()
    assert timings.queue > 0 and timings.prompt > 0 and timings.decode > 0
    assert timings.queue + timings.prompt + timings.decode <= outcome.seconds
    assert outcome.decode_seconds == timings.decode


async def test_a_generation_that_is_cancelled_in_the_queue_has_its_wait() -> None:
    outcome, _ = await record(Queued(1, None), STARTED, stop_at=1)
    assert outcome.reason is FinishReason.CANCELLED
    assert outcome.queue
    assert outcome.generated_tokens is None


@pytest.mark.parametrize(
    ("script", "code", "waited"),
    [
        ([STARTED, Text("One "), EngineCrashed("It crashed.")], EngineCrashed.code, False),
        ([QueueFull("The queue is full.", 1.0)], QueueFull.code, True),
    ],
)
async def test_an_error_is_reported_with_its_code(script: list[Any], code: str, waited: bool) -> None:
    outcome, reported = await record(*script)
    assert reported == [outcome]
    assert (outcome.reason, outcome.error_code, outcome.queue is not None) == (FinishReason.ERROR, code, waited)


async def test_an_observer_that_fails_does_not_fail_the_generation(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Outcome) -> None:
        raise ZeroDivisionError

    reported: list[Outcome] = []
    engine: Any = ScriptedEngine(STARTED, FINISHED)
    with GenerationRecorder(GenerationRequest(prompt="a"), Caller("api"), [broken, reported.append]) as recorder:
        received = [event async for event in recorder.generate(engine)]
    assert received == [STARTED, FINISHED]
    assert reported == [recorder.outcome]
    assert "ZeroDivisionError" in caplog.text
