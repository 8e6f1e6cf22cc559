"""Transcripts of clients, as the engine takes them."""

from __future__ import annotations

import pytest

from inference.api.requests.transcripts import Turn, engine_messages
from inference.engine import Message

S, U, A = "system", "user", "assistant"


@pytest.mark.parametrize(
    ("turns", "messages"),
    [
        ([(U, "a")], [(S, "default"), (U, "a")]),
        ([(S, "s"), (U, "a")], [(S, "s"), (U, "a")]),
        ([(S, ""), (U, "a")], [(U, "a")]),
        ([(S, "s"), (S, "t"), (U, "a")], [(S, "s\n\nt"), (U, "a")]),
        ([(S, "s"), (U, "a"), (A, "b"), (S, "now in French"), (U, "c")], None),
        ([(S, "s"), (U, "a"), (U, "b")], [(S, "s"), (U, "a\n\nb")]),
        ([(S, "s"), (A, "hello"), (U, "a")], [(S, "s"), (A, "hello"), (U, "a")]),
        ([(S, "s"), (U, "a"), (A, ""), (U, "b")], [(S, "s"), (U, "a\n\nb")]),
        ([(S, "s"), (U, "a"), (A, " ")], [(S, "s"), (U, "a")]),
        ([(S, "s"), (U, "a"), (A, "b")], [(S, "s"), (U, "a"), (A, "b")]),
        ([(S, "s"), (U, " ")], []),
        ([], []),
    ],
)
def test_a_transcript_of_a_client(turns: list[tuple[str, str]], messages: list[tuple[str, str]] | None) -> None:
    if messages is None:
        messages = [(S, "s"), (U, "a"), (A, "b"), (U, "now in French\n\nc")]
    made = engine_messages([Turn(*turn) for turn in turns], "default")
    assert [(message.role, message.content) for message in made] == messages


def test_a_growing_transcript_only_changes_at_its_end() -> None:
    turns = [Turn(S, "s"), Turn(U, "a"), Turn(A, "b"), Turn(S, "t"), Turn(U, "c")]
    before = engine_messages(turns)
    after = engine_messages([*turns, Turn(A, "d"), Turn(U, "e")])
    assert after[: len(before)] == before == engine_messages(turns)
    assert after[len(before) :] == (Message("assistant", "d"), Message("user", "e"))
