"""Conversations that are longer than the context: which turns the model sees."""

from __future__ import annotations

import pytest

from chat.accounts.owners import Owner
from chat.models import Message
from tests.chat.answers.asking import ask, ended, row
from tests.chat.conftest import Engine

pytestmark = pytest.mark.django_db(transaction=True)

Status = Message.Status


async def test_old_turns_are_left_out_in_big_steps_and_the_window_is_saved(engine: Engine, owner: Owner) -> None:
    """The fake repeats all questions that it sees, so that answers grow and soon fill the context of 128 tokens."""
    engine("echo", CONTEXT_SIZE="128")
    settings = {"system_prompt": "", "max_tokens": 30}
    after: Message | None = None
    asked: list[str] = []
    starts: list[str | None] = []
    for number in range(14):
        turn = await ask(owner, f"Question {number} of many words to fill it", after, settings=settings)
        message = await ended(turn)
        assert message["status"] == Status.COMPLETE, message["error"]
        asked.append(str(turn.messages[0].pk))
        starts.append(message["window_start"])
        after = await row(message["id"])
    assert starts[0] is None
    moves = [asked.index(start) for start in dict.fromkeys(starts) if start]
    assert len(moves) >= 2
    assert moves == sorted(moves)
    assert all(later - earlier >= 2 for earlier, later in zip([0, *moves], moves, strict=False))  # in big steps
    assert len(set(starts)) <= len(starts) / 2  # and the start is kept between them
    receipts = [run async for run in Message.objects.filter(role="assistant").values_list("runs", flat=True)]
    assert all(run[0]["prompt_tokens"] <= 128 - 15 for run in receipts)


async def test_a_question_that_does_not_fit_by_itself_fails(engine: Engine, owner: Owner) -> None:
    engine(CONTEXT_SIZE="128")
    first = await ended(await ask(owner, "Short?"))
    message = await ended(await ask(owner, "word " * 300, after=await row(first["id"])))
    assert (message["status"], message["text"]) == (Status.FAILED, "")
    assert message["error"]["code"] == "prompt_too_long"
    assert "128" in message["error"]["detail"]
    assert "Shorten" in message["error"]["detail"]


async def test_imported_turns_without_counts_are_shrunk_until_the_engine_takes_them(
    engine: Engine, owner: Owner
) -> None:
    engine("echo", CONTEXT_SIZE="128")
    first = await row((await ended(await ask(owner, "Short?", settings={"system_prompt": ""})))["id"])
    await Message.objects.filter(pk=first.pk).aupdate(text="a b c d e f " * 30, runs=[])
    message = await ended(await ask(owner, "And?", after=first))
    assert (message["status"], message["text"].strip()) == (Status.COMPLETE, "And?")
    assert message["window_start"] == message["parent"]
