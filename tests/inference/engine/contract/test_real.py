"""The parts of the contract that a real model can show: counts, stops, crashes, cancellation, and independence."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.engine import Finished, FinishReason, Sampling, Started, Text
from inference.engine.errors import EngineCrashed, GrammarError
from inference.engine.llama_cli.models.program import find_program
from tests.engine_processes import until
from tests.inference.engine.contract.asking import PROMPTLY, ask, asking, has_started
from tests.inference.engine.contract.conftest import StartEngine
from tests.inference.engine.contract.engines import GREEDY

REAL = None


async def test_an_answer_has_exactly_the_tokens_that_were_asked_for(engine_with: StartEngine) -> None:
    async with engine_with(REAL) as engine:
        outcome = await ask(engine, "Hello", max_tokens=20)
        assert isinstance(outcome.events[0], Started)
        assert isinstance(outcome.events[-1], Finished)
        assert all(isinstance(event, Text) for event in outcome.events[1:-1])
        assert outcome.finished.reason is FinishReason.LENGTH
        assert outcome.finished.usage.generated_tokens == 20
        assert outcome.started.prompt_tokens == outcome.finished.usage.prompt_tokens
        again = await ask(engine, "Hello", max_tokens=20)
        assert again.text == outcome.text


async def test_a_stop_string_never_shows(engine_with: StartEngine) -> None:
    async with engine_with(REAL) as engine:
        whole = (await ask(engine, "Hello", max_tokens=30)).text
        stop = whole[8:11]
        before, _, _ = whole.partition(stop)
        outcome = await ask(engine, "Hello", max_tokens=30, stop=(stop,))
        assert outcome.text == before
        assert outcome.finished.reason is FinishReason.STOP
        assert 0 < outcome.finished.usage.generated_tokens <= 30


async def test_a_cut_answer_continues_where_it_ended_for_its_own_caller(engine_with: StartEngine) -> None:
    async with engine_with(REAL) as engine:
        whole = await ask(engine, "Hello", caller="Ann", max_tokens=40)
        part = await ask(engine, "Hello", caller="Ann", max_tokens=20, keep=True)
        other = await ask(engine, "Hello", part.text, caller="Bob", max_tokens=20)
        rest = await ask(engine, "Hello", part.text, caller="Ann", max_tokens=20)
        assert other.started.reused_tokens == 0
        assert rest.started.reused_tokens == part.finished.usage.prompt_tokens + 20
        assert part.text + rest.text == whole.text


@pytest.mark.promise(10)
async def test_an_answer_does_not_depend_on_others_at_the_same_time(engine_with: StartEngine) -> None:
    async with engine_with(REAL, model_instances=2) as engine:
        alone = [(await ask(engine, f"What is {subject}?", max_tokens=30)).text for subject in ("tea", "milk", "salt")]
        together = await asyncio.gather(
            *(ask(engine, f"What is {subject}?", max_tokens=30, caller=subject) for subject in ("tea", "milk", "salt"))
        )
        assert [outcome.text for outcome in together] == alone


@pytest.mark.serial
@pytest.mark.promise(2)
async def test_a_killed_process_is_a_crash_that_keeps_the_text(engine_with: StartEngine) -> None:
    async with engine_with(REAL) as engine, asking(engine, "Hello") as (task, running):
        (worker,) = engine.status().answering
        killed = time.monotonic()
        engine.kill(worker)
        await task
        assert isinstance(running.error, EngineCrashed)
        assert running.ended_at - killed < PROMPTLY
        assert running.started
        assert running.text


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.serial
async def test_a_cancelled_answer_frees_its_place(keep: bool, engine_with: StartEngine) -> None:
    async with engine_with(REAL, max_requests_per_caller=1) as engine:
        async with asking(engine, "Hello", caller="Ann", keep=keep):
            workers = engine.status().answering
        cancelled = time.monotonic()
        async with asking(engine, "Hello", caller="Ann", until_it=has_started):
            assert time.monotonic() - cancelled < PROMPTLY
        await until(lambda: all(map(engine.gone, workers)))


async def test_answers_after_a_change_are_those_of_an_engine_started_with_it(engine_with: StartEngine) -> None:
    async with engine_with(REAL) as engine:
        first, second = engine.settings.model, engine.model(seed=7)
        before = (await ask(engine, "Hello", max_tokens=30)).text
        async with asking(engine, "Hello", max_tokens=900) as (task, running):
            await engine.reconfigure(model=second)
            after = await ask(engine, "Hello", max_tokens=30)
            await task
        assert running.text.startswith(before)
        assert running.error is None
        await engine.reconfigure(model=first)
        assert (await ask(engine, "Hello", max_tokens=30)).text == before != after.text
    async with engine_with(REAL, model=second) as engine:
        assert (await ask(engine, "Hello", max_tokens=30)).text == after.text


async def test_each_answer_of_a_conversation_follows_its_grammar(
    engine_with: StartEngine, engine_binary: Callable[[str], Path]
) -> None:
    kept = find_program(engine_binary("llama-cli")).resets_grammar
    sampling = Sampling(temperature=1.5, grammar='root ::= ("yes" | "no") " " [0-9]{3}')
    async with engine_with(REAL) as engine:
        turns: list[str] = []
        for turn in range(3):
            outcome = await ask(engine, *turns, "Hello", caller="Ann", keep=True, sampling=sampling)
            assert re.fullmatch("(yes|no) [0-9]{3}", outcome.text)
            assert outcome.finished.reason is FinishReason.STOP
            assert (outcome.started.reused_tokens > 0) == (turn > 0 and kept)
            turns += ["Hello", outcome.text]


@pytest.mark.parametrize(
    ("grammar", "reason"),
    [
        ('root ::= "a', "unexpected end of input"),
        ("root ::= number", "Undefined rule identifier 'number'"),
        ('answer ::= "a"', "grammar does not contain a 'root' symbol"),
        ('root ::= root "a" | "b"', "left recursion"),
        # What follows the error is printed as it is.
        ('root ::= "a" )\nwaiting for user input\nprompt: "', "expecting newline or end"),
    ],
)
async def test_a_grammar_that_does_not_compile_is_no_crash(grammar: str, reason: str, engine_with: StartEngine) -> None:
    async with engine_with(REAL) as engine:
        outcome = await ask(engine, "Hello", sampling=Sampling(temperature=0.5, grammar=grammar))
        assert isinstance(outcome.error, GrammarError)
        said = str(outcome.error)
        assert reason in said or "failed to parse grammar" in said  # newer builds may die before they print the reason
        assert outcome.text == ""
        assert (await ask(engine, "Hello", max_tokens=5)).error is None
        assert engine.status().crashes == 0


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=0, repeat_penalty=1000.0),
        Sampling(temperature=0, presence_penalty=1000.0),
        Sampling(temperature=0, frequency_penalty=-1000.0, repeat_last_n=-1),
        Sampling(temperature=0, logit_bias=((70, 1000.0),)),
    ],
)
async def test_penalties_and_biases_change_a_greedy_answer(sampling: Sampling, engine_with: StartEngine) -> None:
    async with engine_with(REAL) as engine:
        plain, other, again = [
            (await ask(engine, "Hello", max_tokens=200, sampling=chosen)).text
            for chosen in (GREEDY, sampling, sampling)
        ]
        assert plain != other == again
