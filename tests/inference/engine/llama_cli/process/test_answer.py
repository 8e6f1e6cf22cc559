"""The text of an answer, its end, and whether its prompt fits, from signals alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.engine.errors import EngineCrashed, EngineError, PromptTooLong
from inference.engine.llama_cli.process.answer import MIN_ANSWER_ROOM, Answer, AnswerText, Verdict
from inference.engine.llama_cli.process.signals import (
    EndOfGeneration,
    Evaluated,
    Evaluating,
    OutOfStep,
    Token,
    Waiting,
)
from inference.engine.types import FinishReason, Started, Text

CONTROL = Token(b"")


def answer(**settings: object) -> Answer:
    """Return an answer whose prompt of 10 tokens is evaluated, in a context of 100."""
    made = Answer(**({"max_tokens": 50, "context_size": 100} | settings))
    assert made.receive(Evaluating(0, 10)) is Verdict.CONTINUE
    assert made.receive(Evaluated(10)) is Verdict.CONTINUE
    assert made.take() == [Started(10, 0)]
    return made


def new_text(made: Answer) -> str:
    return "".join(event.text for event in made.take() if isinstance(event, Text))


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


# Text.


@given(text=st.text(), cuts=st.lists(st.integers(0, 1000)))
@example(text="é€😀\u200d👩‍👩‍👧", cuts=list(range(100)))
@pytest.mark.promise(9)
def test_characters_arrive_whole_wherever_they_are_cut(text: str, cuts: list[int]) -> None:
    made = AnswerText()
    parts = [made.feed(piece) for piece in pieces(text.encode(), cuts)]
    assert "".join(parts) + made.finish(complete=True) == text
    assert "".join(parts) == text  # no complete character is held back


@given(data=st.binary(), cuts=st.lists(st.integers(0, 100)))
def test_invalid_bytes_are_replaced_as_if_decoded_at_once(data: bytes, cuts: list[int]) -> None:
    made = AnswerText()
    text = "".join(made.feed(piece) for piece in pieces(data, cuts))
    assert text + made.finish(complete=True) == data.decode(errors="replace")


@given(
    text=st.text("ab ", max_size=30),
    stops=st.lists(st.text("ab ", min_size=1, max_size=4), max_size=3),
    cuts=st.lists(st.integers(0, 100)),
)
@example(text="aab", stops=["ab"], cuts=[1, 2])
@example(text="aaab", stops=["aab", "aaab"], cuts=[1, 2, 3])
def test_text_ends_before_the_first_stop_string(text: str, stops: list[str], cuts: list[int]) -> None:
    """The first one that is complete; of those complete at the same byte, the one that starts first."""
    made = AnswerText(tuple(stops))
    released = ""
    for piece in pieces(text.encode(), list(range(len(text)))):
        released += made.feed(piece)
        if made.stopped:
            break
    complete = [at for at in range(len(text) + 1) if any(text[:at].endswith(stop) for stop in stops)]
    if complete:
        begins = min(complete[0] - len(stop) for stop in stops if text[: complete[0]].endswith(stop))
        assert made.stopped
        assert released == text[:begins]
    else:
        assert released + made.finish(complete=True) == text
    whole = AnswerText(tuple(stops))
    for piece in pieces(text.encode(), cuts):
        if not whole.stopped:
            whole.feed(piece)
    assert whole.stopped == bool(complete)


def test_text_that_could_become_a_stop_string_is_held_back() -> None:
    made = AnswerText(("END",))
    assert [made.feed(data) for data in (b"x E", b"N", b"x", b"EN", b"EN", b"D")] == ["x ", "", "ENx", "", "EN", ""]
    assert made.stopped


@pytest.mark.parametrize(
    ("count", "tokens", "text"),
    [
        (1, [b" Hi"], "Hi"),
        (1, [b"  Hi"], " Hi"),
        (2, [b" ", b" ", b" Hi"], " Hi"),
        (2, [b" Hi", b" there"], "Hi there"),
        (1, [b"Hi", b" there"], "Hi there"),
        (1, [b"\n Hi"], "\n Hi"),
        (0, [b" Hi"], " Hi"),
        (1, [b"", b" ", b""], ""),
    ],
)
def test_leading_spaces_of_the_prompt_are_removed_from_the_answer(count: int, tokens: list[bytes], text: str) -> None:
    made = AnswerText(leading_spaces=count)
    assert "".join(map(made.feed, tokens)) + made.finish(complete=True) == text


@given(text=st.text(min_size=1), cut=st.integers(0, 100))
def test_a_cut_character_is_completed_by_the_continuation(text: str, cut: int) -> None:
    data = text.encode()
    cut %= len(data)
    first = AnswerText()
    before = first.feed(data[:cut]) + first.finish(complete=False)
    second = AnswerText(carry=first.unfinished)
    assert before + second.feed(data[cut:]) + second.finish(complete=True) == text


# The end.


def test_an_end_token_does_not_count_as_a_token_of_the_answer() -> None:
    made = answer()
    for signal in (Token(b"Hi"), CONTROL, EndOfGeneration()):
        assert made.receive(signal) in (Verdict.CONTINUE, Verdict.CUT)
    assert (new_text(made), made.reason, made.tokens) == ("Hi", FinishReason.STOP, 1)


def test_an_unfinished_character_is_replaced_if_the_answer_ends_by_itself() -> None:
    made = answer()
    for signal in (Token(b"a\xe2\x82"), CONTROL, EndOfGeneration()):
        made.receive(signal)
    assert new_text(made) == "a\ufffd"


@pytest.mark.parametrize("limit", [1, 2, 30])
def test_an_answer_has_exactly_max_tokens(limit: int) -> None:
    made = answer(max_tokens=limit)
    verdicts = [made.receive(Token(b"x")) for _ in range(limit)]
    assert verdicts == [Verdict.CONTINUE] * (limit - 1) + [Verdict.CUT]
    assert made.receive(Token(b"y")) is Verdict.CONTINUE  # of the overrun
    assert (new_text(made), made.reason, made.tokens) == ("x" * limit, FinishReason.LENGTH, limit)


def test_the_answer_does_not_wait_for_an_end_token_after_the_limit() -> None:
    made = answer(max_tokens=1)
    assert made.receive(Token(b"x")) is Verdict.CUT
    assert made.reason is FinishReason.LENGTH


def test_a_control_token_at_the_limit_may_be_the_end() -> None:
    made = answer(max_tokens=2)
    assert [made.receive(signal) for signal in (Token(b"x"), CONTROL)] == [Verdict.CONTINUE] * 2
    made.receive(EndOfGeneration())
    assert (made.reason, made.tokens) == (FinishReason.STOP, 1)


def test_a_control_token_at_the_limit_that_was_not_the_end_is_the_last() -> None:
    made = answer(max_tokens=2)
    assert [made.receive(signal) for signal in (Token(b"x"), CONTROL, Token(b"y"))][-1] is Verdict.CUT
    assert (new_text(made), made.reason, made.tokens) == ("x", FinishReason.LENGTH, 2)


def test_a_stop_string_at_the_limit_is_a_stop() -> None:
    made = answer(max_tokens=2, stop=("xy",))
    made.receive(Token(b"x"))
    assert made.receive(Token(b"y")) is Verdict.CUT
    assert (new_text(made), made.reason) == ("", FinishReason.STOP)


def test_text_held_back_for_a_stop_string_is_released_at_the_limit() -> None:
    made = answer(max_tokens=1, stop=("xyz",))
    made.receive(Token(b"xy"))
    assert new_text(made) == "xy"


@pytest.mark.parametrize("signal", [Waiting(), OutOfStep("noise")])
def test_an_unexpected_signal_is_an_error_that_keeps_the_text(signal: Waiting | OutOfStep) -> None:
    made = answer()
    made.receive(Token(b"Hi"))
    assert made.receive(signal) is Verdict.KILL
    assert isinstance(made.error, EngineCrashed)
    assert made.over
    assert new_text(made) == "Hi"


def test_later_ends_do_not_change_the_first() -> None:
    made = answer(max_tokens=1)
    made.receive(Token(b"x"))
    made.fail(EngineError("too late"))
    made.receive(EndOfGeneration())
    assert made.error is None
    assert made.reason is FinishReason.LENGTH


# The context.


@pytest.mark.parametrize(
    ("past", "new", "fits"),
    [
        (0, 100 - MIN_ANSWER_ROOM, True),
        (0, 100 - MIN_ANSWER_ROOM + 1, False),
        (50, 46, True),
        (50, 47, False),
        (95, 1, True),
        (96, 1, False),
        (0, 100_000, False),
    ],
)
def test_a_prompt_fits_or_not_however_much_of_it_is_in_the_context(past: int, new: int, fits: bool) -> None:
    made = Answer(max_tokens=5, context_size=100, fresh=False)
    assert made.receive(Evaluating(past, new)) is (Verdict.CONTINUE if fits else Verdict.KILL)
    if fits:
        assert made.take() == [Started(past + new, past)]
    else:
        assert isinstance(made.error, PromptTooLong)
        assert (made.error.prompt_tokens, made.error.context_size) == (past + new, 100)
        assert made.take() == []


def test_an_answer_ends_when_its_context_is_full() -> None:
    made = Answer(max_tokens=50, context_size=20)
    made.receive(Evaluating(0, 15))
    made.receive(Evaluated(15))
    assert [made.receive(Token(b"x")) for _ in range(5)][-1] is Verdict.CUT
    assert (made.reason, made.tokens) == (FinishReason.LENGTH, 5)


@pytest.mark.parametrize(("fresh", "reused"), [(True, 0), (False, 30)])
def test_an_open_answer_continues_without_a_line_to_evaluate(fresh: bool, reused: int) -> None:
    made = Answer(max_tokens=50, context_size=100, fresh=fresh)
    made.receive(Evaluated(30))
    assert made.take() == [Started(30, reused)]
    made.receive(Token(b"x"))
    assert made.context_tokens == 31


def test_no_phase_has_a_negative_duration() -> None:
    made = answer(max_tokens=1)
    made.receive(Token(b"x"))
    timings = made.timings(queued_at=0.0, granted_at=1.0)
    assert timings.queue == 1.0
    assert min(timings.prompt, timings.first_token, timings.decode) >= 0


@pytest.mark.parametrize(("loaded_at", "launch"), [(None, 0.0), (5.0, 0.0), (10.5, 0.5)])
def test_a_launch_is_the_time_until_the_model_was_loaded(loaded_at: float | None, launch: float) -> None:
    """Not the evaluation of the prompt that follows it; and nothing for a process that was launched before."""
    made = answer(max_tokens=1)
    assert made.timings(queued_at=9.0, granted_at=10.0, loaded_at=loaded_at).launch == launch
