"""The events of one answer: their order, exact counts, reasons, and the text."""

from __future__ import annotations

from contextlib import aclosing
from itertools import groupby

import pytest

from inference.engine import Event, Finished, FinishReason, Queued, Started, Text
from tests.inference.engine.contract.asking import ask, asking, has_started, is_queued, question
from tests.inference.engine.contract.conftest import StartEngine
from tests.inference.engine.contract.engines import Behaviour

QUICK = Behaviour(words=30, seconds_per_token=0.005)


def kinds(events: list[Event]) -> list[type[Event]]:
    """The kinds in their order, without repetitions."""
    return [kind for kind, _ in groupby(events, type)]


async def test_events_come_in_order_and_nothing_follows_the_last(engine_with: StartEngine) -> None:
    async with engine_with(QUICK) as engine:
        direct = await ask(engine, "Hello")
        assert kinds(direct.events) == [Started, Text, Finished]
        assert len(direct.of(Text)) > 1
        running, queued = asking(engine, "Hello", until_it=has_started), asking(engine, "Hello", until_it=is_queued)
        async with running, queued as (task, waited):
            await task
        assert kinds(waited.events) == [Queued, Started, Text, Finished]
        for outcome in (direct, waited):
            assert len(outcome.of(Started)) == len(outcome.of(Finished)) == 1
            assert all(event.text for event in outcome.of(Text))


async def test_iteration_ends_after_the_last_event(engine_with: StartEngine) -> None:
    async with engine_with() as engine, aclosing(engine.generate(question(engine, "Hello"))) as events:
        async for event in events:
            if isinstance(event, Finished):
                break
        with pytest.raises(StopAsyncIteration):
            await anext(events)


async def test_prompt_tokens_are_counted_exactly(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(words=3)) as engine:
        one = (await ask(engine, "Hello")).finished.usage
        for words in (2, 10, 100):
            outcome = await ask(engine, "Hello" + " again" * (words - 1))
            assert outcome.started.prompt_tokens == one.prompt_tokens + words - 1
            assert outcome.started.prompt_tokens == outcome.finished.usage.prompt_tokens
            assert outcome.finished.usage.generated_tokens == 3


async def test_tokens_of_a_continued_conversation_are_reused_and_counted(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        first = await ask(engine, "One", caller="Ann", keep=True)
        assert first.started.reused_tokens <= 1  # a prepared process may hold the token that begins every prompt
        assert first.started.reused_tokens == first.finished.usage.reused_tokens
        second = await ask(engine, "One", first.text, "Two", caller="Ann", keep=True)
        third = await ask(engine, "One", first.text, "Two", second.text, "Three", caller="Ann", keep=True)
        for before, after in ((first, second), (second, third)):
            usage, held = after.finished.usage, before.finished.usage
            assert after.started.reused_tokens == usage.reused_tokens
            assert usage.reused_tokens >= held.prompt_tokens + held.generated_tokens
            assert usage.reused_tokens < usage.prompt_tokens
        replayed = await ask(engine, "One", first.text, "Two", second.text, "Three", caller="Ann", system="")
        assert replayed.finished.usage.prompt_tokens == third.finished.usage.prompt_tokens


@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_an_answer_cut_by_its_limit_has_exactly_that_many_tokens(limit: int, engine_with: StartEngine) -> None:
    async with engine_with(QUICK) as engine:
        outcome = await ask(engine, "Hello", max_tokens=limit)
        assert outcome.finished.reason is FinishReason.LENGTH
        assert outcome.finished.usage.generated_tokens == limit
        assert outcome.text == " ".join(f"w{number}" for number in range(limit))
        assert sum(event.tokens for event in outcome.of(Text)) == limit


async def test_an_answer_that_ends_by_itself_counts_no_end_token(engine_with: StartEngine) -> None:
    async with engine_with(QUICK) as engine:
        for limit in (30, 31, 10_000):
            outcome = await ask(engine, "Hello", max_tokens=limit)
            assert len(outcome.text.split()) == outcome.finished.usage.generated_tokens == 30
            assert outcome.finished.reason is (FinishReason.LENGTH if limit == 30 else FinishReason.STOP)


async def test_an_answer_ends_where_the_context_is_full(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(words=1000)) as engine:
        outcome = await ask(engine, "Hello", context_size=100)
        usage = outcome.finished.usage
        assert outcome.finished.reason is FinishReason.LENGTH
        assert usage.prompt_tokens + usage.generated_tokens == 100


@pytest.mark.parametrize(
    ("stop", "text"), [("w5", "w0 w1 w2 w3 w4 "), (" w3 w4", "w0 w1 w2"), ("w0", ""), ("5 w6", "")]
)
async def test_a_stop_string_ends_the_answer_and_never_shows(stop: str, text: str, engine_with: StartEngine) -> None:
    async with engine_with(QUICK) as engine:
        outcome = await ask(engine, "Hello", stop=("never", stop))
        before, stop, _ = "w0 w1 w2 w3 w4 w5 w6".partition(stop)
        assert outcome.text == before
        assert outcome.finished.reason is FinishReason.STOP
        assert outcome.finished.usage.generated_tokens == len((before + stop).split())


async def test_the_beginning_of_a_stop_string_that_does_not_follow_is_text(engine_with: StartEngine) -> None:
    async with engine_with(QUICK) as engine:
        outcome = await ask(engine, "Hello", stop=("w28 w29 w30",))
        assert outcome.text == " ".join(f"w{number}" for number in range(30))


@pytest.mark.parametrize("split", [False, True])
async def test_the_pieces_together_are_the_text(split: bool, engine_with: StartEngine) -> None:
    text = "Größe: 5 µm – naïve 日本語 👩‍🔬 \\n {braces} done"
    async with engine_with(Behaviour(echo=True, split_characters=split, seconds_per_token=0.001)) as engine:
        streamed = await ask(engine, text)
        assert streamed.text == text
        assert "\N{REPLACEMENT CHARACTER}" not in streamed.text
        assert (await ask(engine, text)).text == streamed.text


async def test_a_reader_that_pauses_misses_nothing(engine_with: StartEngine) -> None:
    async with engine_with(QUICK) as engine:
        async with asking(engine, "Hello", until_it=has_started) as (task, whole):
            await task
        text = ""
        async with aclosing(engine.generate(question(engine, "Hello"))) as events:
            await anext(events)
            await engine.settled()  # the answer is made in the meantime
            async for event in events:
                text += event.text if isinstance(event, Text) else ""
        assert text == whole.text


async def test_a_cut_answer_continues_where_it_ended(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        whole = await ask(engine, "One two three")
        part = await ask(engine, "One two three", max_tokens=3, keep=True)
        rest = await ask(engine, "One two three", part.text, keep=True)
        assert part.text + rest.text == whole.text


async def test_the_last_event_says_how_the_answer_was_made(engine_with: StartEngine) -> None:
    async with engine_with(QUICK) as engine:
        finished = (await ask(engine, "Hello")).finished
        assert (finished.model, finished.model_name) == (engine.models[0].id, engine.models[0].name)
        assert finished.threads == 1
        assert engine.worker_of(finished)
        timings = finished.timings
        assert min(timings.queue, timings.prompt, timings.first_token, timings.decode) >= 0
        assert timings.decode > 0.005 * 20
