"""Which process continues a conversation, and that conversations stay apart. `SOAK=1` raises their number."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from inference.engine import (
    Engine,
    FinishReason,
    Sampling,
)
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import SOAK, never_ends, switches, until
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import GREEDY, complete, pids, question, settled

Binary = Callable[[str], Path]


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_of_one_conversation_reaches_another(seed: int, fake_cli: Path, pool_on: StartPool) -> None:
    """The fake repeats all input. Conversations are interleaved, truncated, continued, cancelled and replayed."""
    chance = random.Random(seed)
    conversations, turns = (84, 4) if SOAK else (10, 4)
    at_once = asyncio.Semaphore(12)

    async def take_part(pool: Engine, number: int) -> None:
        async with at_once:
            await converse(pool, number)

    async def converse(pool: Engine, number: int) -> None:
        caller = f"caller {number % 3}"
        transcript: list[str] = []
        heard: list[str] = []
        for turn in range(turns):
            heard.append(f"secret-{number}-{turn}")
            transcript.append(heard[-1])
            keep, limit = chance.random() < 0.8, chance.choice([2, 3, 10_000])
            outcome = await complete(pool, question(*transcript, caller=caller, keep=keep, max_tokens=limit))
            answer = outcome.text
            while outcome.finished.reason is FinishReason.LENGTH:
                rest = question(*transcript, answer, caller=caller, keep=keep, max_tokens=chance.choice([1, 2, 10_000]))
                outcome = await complete(pool, rest)
                answer += outcome.text
            assert answer == "I heard: " + " | ".join(heard)
            transcript.append(answer)
            if chance.random() < 0.3:
                async with aclosing(pool.generate(question(f"secret-{number}-x", caller=caller, keep=True))) as events:
                    await anext(events)

    async with pool_on(fake_cli, model_instances=2, resident_instances=3, max_queue=1000, queue_timeout=600.0) as pool:
        await asyncio.gather(*(take_part(pool, number) for number in range(conversations)))


@pytest.mark.parametrize("real", [False, True])
async def test_a_next_turn_finds_the_process_that_holds_its_transcript(
    real: bool, fake_cli: Path, engine_binary: Binary, pool_on: StartPool
) -> None:
    async with pool_on(engine_binary("llama-cli") if real else fake_cli) as pool:
        sampling = Sampling(temperature=0.8)
        first = await complete(pool, question("One", caller="a", keep=True, sampling=sampling))
        usage = first.finished.usage
        if first.finished.reason is FinishReason.STOP:
            second = await complete(pool, question("One", first.text, "Two", caller="a", keep=True, sampling=sampling))
            assert second.started.reused_tokens == usage.prompt_tokens + usage.generated_tokens + 1  # the end token
            assert second.finished.seed == first.finished.seed


@pytest.mark.parametrize("difference", ["other caller", "edited question", "edited answer", "other sampling"])
async def test_a_process_is_found_by_nothing_but_its_own_transcript(
    difference: str, fake_cli: Path, pool_on: StartPool
) -> None:
    async with pool_on(fake_cli) as pool:
        first = await complete(pool, question("One", caller="a", keep=True))
        asked = "Uno" if difference == "edited question" else "One"
        answered = first.text + "!" if difference == "edited answer" else first.text
        caller = "b" if difference == "other caller" else "a"
        sampling = Sampling(temperature=0.5) if difference == "other sampling" else GREEDY
        second = await complete(pool, question(asked, answered, "Two", caller=caller, sampling=sampling))
        assert second.started.reused_tokens == 0
        assert second.text == f"I heard: {asked} | Two"


async def test_a_cut_answer_is_continued_in_place(engine_binary: Binary, model: Path, pool_on: StartPool) -> None:
    async with pool_on(engine_binary("llama-cli"), never_ends(model)) as pool:
        whole = await complete(pool, question("One", max_tokens=40))
        part = await complete(pool, question("One", max_tokens=20, keep=True))
        rest = await complete(pool, question("One", part.text, max_tokens=20, keep=True))
        assert part.finished.reason is rest.finished.reason is FinishReason.LENGTH
        assert rest.started.reused_tokens == part.finished.usage.prompt_tokens + 20
        assert part.text + rest.text == whole.text


async def test_a_question_after_a_cut_answer_finds_its_transcript_replayed(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("seconds-per-token=0.02")) as pool:
        part = await complete(pool, question("One", max_tokens=2, keep=True))
        assert part.text == "I heard:"
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 2)  # the cut answer, and its replay
        await settled(pool)
        second = await complete(pool, question("One", part.text, "Two", keep=True))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0
