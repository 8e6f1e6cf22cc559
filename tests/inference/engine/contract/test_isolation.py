"""Nothing of one conversation reaches another: secrets are planted, and the model recites all that it has heard."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import aclosing

import pytest

from inference.engine import FinishReason, Sampling
from tests.engine_processes import SOAK
from tests.inference.engine.contract.asking import ask, asking, is_queued, question
from tests.inference.engine.contract.conftest import Harness, StartEngine

CONVERSATIONS = 84 if SOAK else 10  # per seed
PATIENT = {"max_queue": 1000, "queue_timeout": 600.0}


@pytest.mark.parametrize("seed", range(3 if SOAK else 1))
@pytest.mark.promise(10, times=4 * CONVERSATIONS)
async def test_no_secret_reaches_another_conversation(seed: int, engine_with: StartEngine) -> None:
    """Conversations are interleaved, cut, continued and broken off; several belong to the same caller."""
    chance = random.Random(seed)
    sightings: list[tuple[str, str]] = []

    async def converse(engine: Harness, number: int) -> None:
        caller, transcript, heard = f"caller {number % 4}", list[str](), list[str]()
        for turn in range(4):
            heard.append(f"secret-{number}-{turn}")
            transcript.append(heard[-1])
            keep, answer = chance.random() < 0.8, ""
            while True:
                limit = chance.choice([2, 3, 10_000])
                texts = (*transcript, answer) if answer else transcript
                outcome = await ask(engine, *texts, caller=caller, keep=keep, max_tokens=limit)
                answer += outcome.text
                if outcome.finished.reason is not FinishReason.LENGTH:
                    break
            sightings.extend((caller, found) for found in re.findall(r"secret-\d+-\d", answer) if found not in heard)
            assert answer == "I heard: " + " | ".join(heard)
            transcript.append(answer)
            if chance.random() < 0.3:
                broken_off = question(engine, f"secret-{number}-9", caller=caller, keep=True)
                async with aclosing(engine.generate(broken_off)) as events:
                    await anext(events)

    async with engine_with(model_instances=2, **PATIENT) as engine:
        await asyncio.gather(*(converse(engine, number) for number in range(CONVERSATIONS)))
    assert sightings == []


@pytest.mark.promise(10)
async def test_a_conversation_is_found_by_its_own_caller_only(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=True)
        transcript = ("One", first.text, "Two")
        other = await ask(engine, *transcript, caller="Bob")
        assert (other.started.reused_tokens, other.text) == (0, "I heard: One | Two")
        assert (await ask(engine, *transcript, caller="")).started.reused_tokens == 0
        own = await ask(engine, *transcript, caller="Ann")
        assert own.started.reused_tokens > 0
        assert own.text == "I heard: One | Two"


@pytest.mark.parametrize("difference", ["question", "answer", "system prompt", "sampling"])
async def test_a_conversation_is_found_by_its_exact_transcript_only(difference: str, engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=True)
        asked = "Uno" if difference == "question" else "One"
        other = await ask(
            engine,
            asked,
            first.text + ("!" if difference == "answer" else ""),
            "Two",
            caller="Ann",
            system="Be brief." if difference == "system prompt" else "",
            sampling=Sampling(temperature=0.5) if difference == "sampling" else engine.settings.sampling,
        )
        assert other.started.reused_tokens == 0
        assert other.finished.reason is FinishReason.STOP
        assert other.text.endswith(f" {asked} | Two")


async def test_a_discarded_conversation_is_not_found(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=False)
        assert engine.status().conversations == []
        second = await ask(engine, "One", first.text, "Two", caller="Ann")
        assert second.started.reused_tokens == 0


async def test_the_status_shows_no_text_and_no_name(engine_with: StartEngine) -> None:
    async with engine_with(system_prompt="My secret prompt") as engine:
        await ask(engine, "My secret question", caller="key:secret name", keep=True)
        await engine.pause()
        async with asking(engine, "My secret question", caller="key:secret name", until_it=is_queued):
            assert [entry.caller_kind for entry in engine.status().queue] == ["key"]
            assert "secret" not in repr(engine.status())
