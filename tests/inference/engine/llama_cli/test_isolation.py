"""Nothing of one conversation reaches another, on the demo model: many at once, each with a secret of its own."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path

import pytest

from inference.engine import Engine, GenerationRequest, Message, Sampling, Text
from tests.engine_processes import SOAK
from tests.server import DEMO_MODEL

log = logging.getLogger(__name__)

CONVERSATIONS = 1000 if SOAK else 16
AT_ONCE = 12


async def said(pool: Engine, caller: str, turns: list[Message]) -> str:
    request = GenerationRequest(
        messages=tuple(turns), caller=caller, sampling=Sampling(temperature=0.7), max_tokens=40, keep=True
    )
    text = ""
    async with aclosing(pool.generate(request)) as events:
        async for event in events:
            text += event.text if isinstance(event, Text) else ""
    turns.append(Message("assistant", text))
    return text


@pytest.mark.promise(10, times=3 * CONVERSATIONS)
async def test_no_secret_reaches_another_conversation(
    engine_binary: Callable[[str], Path],
    pool_on: Callable[..., AbstractAsyncContextManager[Engine]],
) -> None:
    """Three callers, so that conversations of the same caller must be kept apart too."""
    chance = random.Random(1)
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    names = {"".join(chance.sample(syllables, 3)).capitalize() for _ in range(2 * CONVERSATIONS)}
    secrets = sorted(names)[:CONVERSATIONS]
    places = asyncio.Semaphore(AT_ONCE)
    recalled = 0
    sightings: list[tuple[str, str]] = []

    async def converse(pool: Engine, number: int) -> None:
        nonlocal recalled
        own, caller = secrets[number], f"caller {number % 3}"
        turns: list[Message] = []
        async with places:
            for question in (f"My name is {own}.", "What is Docker?", "What is my name?"):
                turns.append(Message("user", question))
                answer = await said(pool, caller, turns)
                words = set(re.findall(r"\w+", answer))
                sightings.extend((own, other) for other in words & names - {own})
                recalled += own in words and question == "What is my name?"

    async with pool_on(engine_binary("llama-cli"), model=DEMO_MODEL, model_instances=2) as pool:
        await asyncio.gather(*(converse(pool, number) for number in range(CONVERSATIONS)))
    log.info("%d conversations, %d recalled their name, %d sightings", CONVERSATIONS, recalled, len(sightings))
    assert sightings == []
