"""The window: which turns the model sees where not all of them fit."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.answers import window
from chat.answers.window import Exchange, answer_room, estimated_tokens, later_start, tokens_per_character

CONTEXT = 2048
ROOM = 256


def exchanges(*characters: int) -> list[Exchange]:
    """Return exchanges of these sizes in characters, half question and half answer; the last is a question only."""
    *earlier, last = characters
    some = [Exchange(UUID(int=at), "q" * (size // 2), "a" * (size - size // 2)) for at, size in enumerate(earlier)]
    return [*some, Exchange(UUID(int=len(earlier)), "q" * last)]


some_exchanges = st.lists(st.integers(2, 4000), min_size=1, max_size=40).map(lambda sizes: exchanges(*sizes))
some_rates = st.floats(0.02, 4)


@pytest.mark.parametrize(("max_tokens", "room"), [(100, 100), (512, 512), (2048, 512)])
def test_the_answer_gets_its_limit_up_to_a_quarter_of_the_context(max_tokens: int, room: int) -> None:
    assert answer_room(max_tokens, CONTEXT) == room


@given(some_exchanges, st.text(max_size=50), st.integers(1, 10_000))
def test_an_estimate_with_the_measured_rate_returns_the_count(some: list[Exchange], system: str, tokens: int) -> None:
    rate = tokens_per_character(tokens, system, some)
    if 0.02 < rate < 4:
        assert estimated_tokens(system, some, rate) == pytest.approx(tokens)


def test_a_transcript_that_fits_is_shown_completely() -> None:
    assert window.start("", exchanges(400, 400, 100), 0, 0.3, CONTEXT, ROOM) == 0


def test_a_transcript_that_does_not_fit_is_halved_and_then_grows_again() -> None:
    some = exchanges(*[400] * 15, 100)
    assert estimated_tokens("", some, 0.3) > CONTEXT - ROOM
    start = window.start("", some, 0, 0.3, CONTEXT, ROOM)
    assert CONTEXT / 2 - 150 < estimated_tokens("", some[start:], 0.3) <= CONTEXT / 2
    starts = [window.start("", exchanges(*[400] * turns, 100), start, 0.3, CONTEXT, ROOM) for turns in range(15, 23)]
    assert len(set(starts[:5])) == 1
    assert starts[-1] > start


def test_a_long_last_question_keeps_earlier_turns_that_fit() -> None:
    some = exchanges(*[400] * 10, 4000)
    start = window.start("", some, 0, 0.3, CONTEXT, ROOM)
    assert start < len(some) - 1
    assert estimated_tokens("", some[start:], 0.3) <= CONTEXT - ROOM


@given(some_exchanges, some_rates, st.data())
def test_a_window_fits_and_never_starts_earlier_than_before(
    some: list[Exchange], rate: float, data: st.DataObject
) -> None:
    before = data.draw(st.integers(0, len(some) - 1))
    start = window.start("", some, before, rate, CONTEXT, ROOM)
    assert before <= start < len(some)
    assert start == len(some) - 1 or estimated_tokens("", some[start:], rate) <= CONTEXT - ROOM


@given(some_exchanges, some_rates)
def test_repeated_shrinking_ends_at_the_last_question(some: list[Exchange], rate: float) -> None:
    start, steps = 0, 0
    while (later := later_start("", some, start, rate, CONTEXT, ROOM)) is not None:
        assert later > start
        start, steps = later, steps + 1
    assert start == len(some) - 1
    assert steps < len(some)
