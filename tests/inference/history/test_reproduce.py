"""Reproducing generations: equal answers where expected, and explained differences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference.engine import GenerationRequest, Message, Sampling
from inference.history.reproduce import CannotReproduce, original_request, reproduce
from inference.history.writer import build_record, history
from inference.models import GenerationRecord
from inference.serving import service
from inference.serving.callers import Caller
from inference.serving.outcome import Outcome
from tests.server import DEMO_MODEL, PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
STORY = GenerationRequest(prompt="Once upon a", max_tokens=40, sampling=Sampling(temperature=1.5, top_p=1.0))


@pytest.fixture
async def engine(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, engine_binary: Callable[[str], Path]
) -> AsyncIterator[None]:
    """An engine for one test, with the demo model and stored texts."""
    settings.DATA_DIR = tmp_path
    values = {"LLAMA_CLI": engine_binary("llama-cli"), "MODEL_PATH": DEMO_MODEL, "MAX_THREADS": 1, "KEEP_API_TEXTS": 1}
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))
    yield
    await service.stop()


async def generate(request: GenerationRequest, source: Any = "api") -> GenerationRecord:
    """Generate an answer and return its record."""
    caller = Caller(source)
    await service.collect(service.generate(request, caller))
    assert await asyncio.to_thread(history.flush, PATIENCE)
    return await GenerationRecord.objects.aget(request_id=caller.request_id)


@pytest.mark.usefixtures("engine")
async def test_the_same_seed_and_settings_give_the_same_answer() -> None:
    record = await generate(STORY)
    again = await reproduce(record)
    assert again.equal
    assert (again.first, again.expected) == (again.second, "")
    assert await asyncio.to_thread(history.flush, PATIENCE)
    second = await GenerationRecord.objects.aget(request_id=again.request_id)
    assert (second.reproduces_id, second.source, second.seed) == (record.pk, "admin", record.seed)
    assert (second.answer, second.reused_tokens) == (record.answer, 0)


def test_earlier_thoughts_and_whether_to_think_are_recorded_and_used_again() -> None:
    turns = (Message("user", "Hi"), Message("assistant", "Hello.", "A greeting."), Message("user", "Why?"))
    request = GenerationRequest(messages=turns, think=False)
    record = build_record(Outcome(request, Caller("api"), text="Yes.", seed=1), texts=True)
    again = original_request(record)
    assert (again.messages, again.think) == (turns, False)


@pytest.mark.usefixtures("engine")
async def test_all_of_the_sampling_is_recorded_and_used_again() -> None:
    sampling = Sampling(
        temperature=1.5,
        top_k=30,
        min_p=0.01,
        repeat_penalty=1.2,
        presence_penalty=0.5,
        frequency_penalty=0.5,
        repeat_last_n=-1,
        logit_bias=((5, -3.0),),
        grammar="root ::= [a-z ]{20,30}",
    )
    record = await generate(replace(STORY, sampling=sampling))
    assert original_request(record).sampling == replace(sampling, seed=record.seed)
    assert (await reproduce(record)).equal


@pytest.mark.usefixtures("engine")
async def test_the_first_difference_is_reported() -> None:
    record = await generate(STORY)
    record.answer = record.answer[:10] + "#" + record.answer[11:]
    again = await reproduce(record)
    assert not again.equal
    assert (again.differs_at, again.expected) == (10, "")


@pytest.mark.usefixtures("engine")
async def test_a_difference_is_expected_if_a_resident_answered() -> None:
    turns = [Message("user", "My name is Ada.")]
    hot = Sampling(temperature=1.0, top_p=0.9)
    first = await generate(GenerationRequest(tuple(turns), max_tokens=20, sampling=hot, caller="ada", keep=True))
    turns += [Message("assistant", first.answer), Message("user", "What is my name?")]
    second = await generate(GenerationRequest(tuple(turns), max_tokens=20, sampling=hot, caller="ada", keep=True))
    assert second.reused_tokens
    assert f"had {second.reused_tokens} tokens" in (await reproduce(second)).expected


@pytest.mark.usefixtures("engine")
async def test_an_interrupted_answer_is_compared_up_to_its_end() -> None:
    whole = await generate(replace(STORY, sampling=replace(STORY.sampling, seed=3)))
    whole.answer, whole.reason = whole.answer[:5], "cancelled"
    again = await reproduce(whole)
    assert again.equal
    assert len(again.second) > 5


@pytest.mark.usefixtures("engine")
async def test_a_difference_of_models_is_named() -> None:
    record = await generate(STORY)
    record.model_name = "Another"
    assert "Another" in (await reproduce(record)).expected


@pytest.mark.usefixtures("engine")
async def test_a_model_that_is_no_longer_served_is_named() -> None:
    record = GenerationRecord(model="family/other", model_name="other · TQ2_0", prompt="a", answer="", seed=1)
    with pytest.raises(
        CannotReproduce, match=r"other · TQ2_0 \(family/other\) answered, which is no longer served. Offer"
    ):
        await reproduce(record)


def test_without_texts_or_a_seed_there_is_nothing_to_reproduce() -> None:
    record = GenerationRecord(
        prompt=None, messages=None, temperature=1, top_p=1, max_tokens=1, context_size=128, seed=1, answer=""
    )
    with pytest.raises(CannotReproduce, match="KEEP_API_TEXTS"):
        original_request(record)
    record.prompt, record.seed = "a", None
    with pytest.raises(CannotReproduce, match="interrupted"):
        original_request(record)
