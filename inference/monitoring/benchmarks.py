"""Benchmarks of the engine: each figure with the one to compare it to. No Django in here.

Models with random weights suffice. Run it on an idle machine: threads that share cores slow each other down.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from statistics import mean, median

from inference.engine import Engine, EngineConfig, Finished, GenerationRequest, Message, Reasoning, Text, make_engine
from inference.engine.factory import bare_speed
from inference.engine.speed import tokens_per_second
from inference.machine.cores import available_cores

TOKENS = 48  # of each answer: long enough for a steady speed, short enough for a slow machine
HISTORY = 1000  # tokens of the conversation whose follow-up is timed
SHORT = 8  # tokens of a short answer


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement, in `unit`."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Timed:
    """One answer. `first_token`: seconds from the request to its first text."""

    text: str
    first_token: float
    seconds: float
    finished: Finished


async def answer(engine: Engine, request: GenerationRequest) -> Timed:
    """Generate an answer, timed from the caller's side."""
    begun, first, text = time.monotonic(), 0.0, ""
    finished = None
    async with aclosing(engine.generate(request)) as events:
        async for event in events:
            if isinstance(event, Reasoning | Text):
                first = first or time.monotonic() - begun
                text += event.text if isinstance(event, Text) else ""
            elif isinstance(event, Finished):
                finished = event
    if finished is None:
        raise RuntimeError("The answer ended without Finished.")
    return Timed(text, first, time.monotonic() - begun, finished)


@asynccontextmanager
async def running(config: EngineConfig) -> AsyncIterator[Engine]:
    """Provide an engine whose standbys are ready."""
    engine = make_engine(config)
    await engine.start()
    try:
        await idle(engine)
        yield engine
    finally:
        await engine.stop()


async def idle(engine: Engine) -> None:
    """Wait until nothing computes and every prelaunch has finished."""
    while not engine.health().idle:  # noqa: ASYNC110 – no event for it, only needed here
        await asyncio.sleep(0.02)


def question(config: EngineConfig, *turns: str, tokens: int = TOKENS, caller: str = "") -> GenerationRequest:
    """Return a request for the next turn of a conversation with these turns, question first."""
    messages = [Message("assistant" if at % 2 else "user", text) for at, text in enumerate(turns)]
    system = [Message("system", config.system_prompt)] if config.system_prompt else []
    return GenerationRequest(
        messages=(*system, *messages),
        max_tokens=tokens,
        sampling=config.sampling,
        context_size=config.context_size,
        caller=caller,
        keep=True,
    )


async def together(config: EngineConfig) -> list[Figure]:
    """Four callers at once, against bare processes arranged by hand: one thread each, as many as there are cores."""
    config = replace(config, max_threads=4, model_instances=4, prelaunch=2)
    async with running(config) as engine:
        begun = time.monotonic()
        requests = [question(config, "Tell me a story.", caller=str(at)) for at in range(4)]
        answers = await asyncio.gather(*(answer(engine, replace(request, keep=False)) for request in requests))
        seconds = time.monotonic() - begun
        places = engine.status().places
    tokens = sum(timed.finished.usage.generated_tokens for timed in answers)
    speeds = [
        tokens_per_second((timed.finished.usage.generated_tokens, timed.finished.timings.decode)) or 0.0
        for timed in answers
    ]
    bare = await asyncio.gather(*(bare_speed(config, TOKENS) for _ in range(available_cores())))
    return [
        Figure("4 callers at once, from the first request to the last token", tokens / seconds, "tokens/s"),
        Figure(f"the same while they decode, {places} at once", mean(speeds) * places, "tokens/s"),
        Figure(f"{len(bare)} bare processes arranged by hand, while they decode", sum(bare), "tokens/s"),
    ]


async def follow_up(config: EngineConfig) -> list[Figure]:
    """The next turn after a long history: in the process that holds it, and replayed into a new one."""
    async with running(config) as engine:
        history = "word " * (HISTORY * 20 // (await _prompt_tokens(engine, 40) - await _prompt_tokens(engine, 20)))
        first = await answer(engine, question(config, history, tokens=SHORT))
        await idle(engine)
        follow = question(config, history, first.text, "And then?", tokens=SHORT)
        warm = await answer(engine, follow)
        await idle(engine)
        replayed = await answer(engine, replace(follow, caller="another"))
    used = warm.finished.usage
    return [
        Figure("tokens of the prompt", used.prompt_tokens, ""),
        Figure("of these, held by the process", used.reused_tokens, ""),
        Figure("time to first token, in the process that holds the history", warm.first_token, "s"),
        Figure("time to first token, replayed", replayed.first_token, "s"),
    ]


async def back_to_back(config: EngineConfig) -> list[Figure]:
    """Ten short answers, one after the other, each a conversation of its own."""
    async with running(config) as engine:
        request = replace(question(config, "Hello", tokens=SHORT), keep=False)
        answers = [await answer(engine, request) for _ in range(10)]
    return [
        Figure(f"10 answers of {SHORT} tokens back to back, all", sum(timed.seconds for timed in answers), "s"),
        Figure("time to first token, the first one (standby)", answers[0].first_token, "s"),
        Figure("time to first token, the others' median", median(timed.first_token for timed in answers[1:]), "s"),
    ]


async def two_people(config: EngineConfig) -> list[Figure]:
    """Two conversations of four turns each, in turn, with the standby and the replays that idle time allows."""
    first: list[float] = []
    later: list[float] = []
    async with running(config) as engine:
        turns: dict[str, list[str]] = {"one": [], "two": []}
        for turn in range(4):
            for caller, said in turns.items():
                said.append(f"Question {turn} of person {caller}.")
                timed = await answer(engine, question(config, *said, tokens=SHORT, caller=caller))
                said.append(timed.text)
                (later if turn else first).append(timed.first_token)
                await idle(engine)
    return [
        Figure("two people in turn: time to first token, first turns' median", median(first), "s"),
        Figure("two people in turn: time to first token, later turns' median", median(later), "s"),
    ]


BENCHMARKS = {
    "together": together,
    "follow_up": follow_up,
    "back_to_back": back_to_back,
    "two_people": two_people,
}


async def _prompt_tokens(engine: Engine, words: int) -> int:
    request = replace(question(engine.config, "word " * words, tokens=1), keep=False)
    return (await answer(engine, request)).finished.usage.prompt_tokens
