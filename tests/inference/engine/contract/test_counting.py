"""The tokens of prompts, counted without answering them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from inference.engine import PromptSize, Sampling
from inference.engine.errors import CallerBusy, PromptTooLong
from tests.engine_processes import PATIENCE, until
from tests.inference.engine.contract.asking import ask, asking, question, received
from tests.inference.engine.contract.conftest import StartEngine
from tests.inference.engine.contract.engines import SLOW, Behaviour

# Transcripts, and fields of the request.
REQUESTS: tuple[tuple[list[str], dict[str, Any]], ...] = (
    (["What is machine learning?"], {}),
    (["Hello"], {"system": "You are brief and kind."}),
    (["Hello", "Hello!", "How are you?"], {"system": "You are brief."}),
    (["Count.", "One two three"], {}),  # to be continued
    ([], {"prompt": "Once upon a time there was a very long story"}),
    ([], {"prompt": "Once"}),  # fits into any context
)


@pytest.mark.parametrize("real", [False, True], ids=["fake", "real"])
async def test_a_count_is_that_of_the_answer(engine_with: StartEngine, real: bool) -> None:
    async with engine_with(None if real else Behaviour()) as engine:
        for texts, fields in REQUESTS:
            request = question(engine, *texts, max_tokens=1, **fields)
            size = await engine.count_tokens(request)
            assert size == PromptSize((await received(engine, request)).finished.usage.prompt_tokens, fits=True)


async def test_a_prompt_that_does_not_fit_is_counted_too(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        request = question(engine, "word " * 2000)
        size = await engine.count_tokens(request)
        error = (await received(engine, request)).error
        assert isinstance(error, PromptTooLong)
        assert size == PromptSize(error.prompt_tokens, fits=False)
        for context_size, fits in ((size.tokens + 4, True), (size.tokens + 3, False)):
            assert await engine.count_tokens(replace(request, context_size=context_size)) == PromptSize(
                size.tokens, fits
            )


async def test_counting_leaves_conversations_and_crashes_alone(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "Hello", keep=True)
        held = engine.status().conversations
        request = question(engine, "Hello", first.text, "And now?", sampling=Sampling(), keep=True)
        assert (await engine.count_tokens(request)).fits
        assert engine.status().conversations == held
        assert engine.status().crashes == 0
        assert (await ask(engine, "Hello", first.text, "And now?", keep=True)).started.reused_tokens > 0


async def test_counting_waits_for_a_place_and_counts_for_its_caller(engine_with: StartEngine) -> None:
    async with engine_with(SLOW, max_requests_per_caller=2) as engine:
        async with asking(engine, "Hello", caller="ada"):
            counting = asyncio.create_task(engine.count_tokens(question(engine, "Hello", caller="ada")))
            await until(lambda: len(engine.status().queue) == 1)
            with pytest.raises(CallerBusy):
                await engine.count_tokens(question(engine, "Hello", caller="ada"))
        async with asyncio.timeout(PATIENCE):
            assert (await counting).fits


async def test_counting_can_be_cancelled(engine_with: StartEngine) -> None:
    async with engine_with(SLOW) as engine, asking(engine, "Hello"):
        counting = asyncio.create_task(engine.count_tokens(question(engine, "Hello")))
        await until(lambda: len(engine.status().queue) == 1)
        counting.cancel()
        await until(lambda: not engine.status().queue)
