"""Answers in the making: from a question to a saved answer, with a fake engine in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.answers.growing_text import Ended, Piece
from chat.conversations import turns
from chat.conversations.representation import message_json
from chat.conversations.turns import Turn
from chat.database import in_database
from chat.models import Conversation, Message
from inference.engine.errors import EngineCrashed
from inference.serving import service
from tests.chat.conftest import Engine

pytestmark = pytest.mark.django_db(transaction=True)

Status = Message.Status
PATIENCE = 60.0  # seconds


@pytest.fixture
def owner() -> Owner:
    return Owner(visitor=uuid4())


async def ask(owner: Owner, text: str = "Why?", after: Message | None = None, **changes: Any) -> Turn:
    conversation = after.conversation_id if after else uuid4()
    frame = {
        "conversation": conversation,
        "message": uuid4(),
        "parent": after.pk if after else None,
        "text": text,
        "settings": {"max_tokens": 1000},
    }
    return await turns.begin(partial(turns.send, owner, frame | changes))


async def told(turn: Turn) -> dict[str, Any]:
    """The answer as it is told at its end."""
    assert turn.task
    async with asyncio.timeout(PATIENCE):
        async for news in turn.task.growing.follow(0):
            if isinstance(news, Ended):
                assert news.saved
                return message_json(news.saved.message, news.saved.siblings)
    raise AssertionError("it never ended")


async def row(message: str | UUID) -> Message:
    return await Message.objects.aget(pk=message)


async def begun(turn: Turn, characters: int = 1) -> str:
    """Once so much of the answer is there."""
    assert turn.task
    text = ""
    async with asyncio.timeout(PATIENCE):
        async for news in turn.task.growing.follow(0):
            if isinstance(news, Piece):
                text += news.text
            if len(text) >= characters:
                return text
    raise AssertionError("it ended before")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 – rows do not tell when they change
            await asyncio.sleep(0.02)


async def test_an_answer_is_saved_with_its_receipt(engine: Engine, owner: Owner) -> None:
    turn = await ask(owner, settings={"temperature": 0.5, "seed": 7, "max_tokens": 100})
    message = await told(turn)
    saved = await row(message["id"])
    assert (saved.status, saved.text, saved.search_text) == (Status.COMPLETE, message["text"], saved.text.casefold())
    assert saved.text.endswith("| Why?")
    (receipt,) = saved.runs
    asked = ("finish_reason", "seed", "temperature", "max_tokens", "model")
    assert [receipt[name] for name in asked] == ["stop", 7, 0.5, 100, "BitNet Demo"]
    assert receipt["prompt_tokens"] > 5 and receipt["generated_tokens"] > 3
    assert set(receipt["timings"]) == {"queue", "prompt", "first_token", "decode"}
    conversation = await Conversation.objects.aget(pk=turn.conversation.pk)
    assert conversation.updated_at > turn.conversation.updated_at
    assert not answer_registry.is_answering(conversation.pk)


async def test_the_model_is_told_the_branch_and_nothing_else(engine: Engine, owner: Owner) -> None:
    first = await row((await told(await ask(owner, "Apple?", settings={"system_prompt": "Be brief."})))["id"])
    await told(await ask(owner, "Pear?", after=first))
    message = await told(await ask(owner, "Plum?", after=first))
    assert message["text"].strip() == "I heard: Be brief. | Apple? | Plum?"


async def test_an_empty_system_prompt_means_none(engine: Engine, owner: Owner) -> None:
    message = await told(await ask(owner, "Apple?", settings={"system_prompt": ""}))
    assert message["text"].strip() == "I heard: Apple?"


async def test_a_question_without_an_answer_is_left_out_afterwards(engine: Engine, owner: Owner) -> None:
    first = await told(await ask(owner, "Apple?", settings={"system_prompt": ""}))
    await Message.objects.filter(pk=first["id"]).aupdate(text="", status=Status.FAILED)
    message = await told(await ask(owner, "Pear?", after=await row(first["id"])))
    assert message["text"].strip() == "I heard: Pear?"


async def test_two_followers_that_come_late_see_the_same_as_the_first(engine: Engine, owner: Owner) -> None:
    engine("tokens=30", "seconds-per-token=0.01")
    turn = await ask(owner)
    assert turn.task
    seen = await begun(turn, 20)

    async def read(offset: int) -> str:
        assert turn.task
        news = [each async for each in turn.task.growing.follow(offset)]
        return "".join(each.text for each in news if isinstance(each, Piece))

    texts = await asyncio.gather(read(0), read(0), read(len(seen)))
    whole = (await told(turn))["text"]
    assert whole.split() == [f"w{number}" for number in range(30)]
    assert texts == [whole, whole, whole[len(seen) :]]


async def test_a_growing_answer_is_saved_meanwhile(engine: Engine, owner: Owner) -> None:
    engine("tokens=500", "seconds-per-token=0.05")
    turn = await ask(owner)
    assert turn.task
    answer = turn.task.answer_id

    async def has_text() -> bool:
        return bool((await row(answer)).text)

    await until(has_text)
    saved = await row(answer)
    assert saved.status == Status.GENERATING
    assert turn.task.growing.text.startswith(saved.text)
    turn.task.stop()
    await told(turn)


async def test_a_stopped_answer_is_kept_and_its_place_is_free_at_once(engine: Engine, owner: Owner) -> None:
    engine("tokens=500", "seconds-per-token=0.05")
    turn = await ask(owner)
    text = await begun(turn, 5)
    begin = asyncio.get_running_loop().time()
    answer_registry.stop_in(turn.conversation.pk)
    message = await told(turn)
    assert asyncio.get_running_loop().time() - begin < 5  # the promise is one second; a busy machine gets some more
    assert (message["status"], message["text"].startswith(text)) == (Status.STOPPED, True)
    (receipt,) = message["runs"]
    assert (receipt["finish_reason"], receipt["seed"]) == ("cancelled", None)
    assert receipt["generated_tokens"] == len(message["text"].split())
    assert not any(process.role == "serving" for process in (await service.engine()).status().processes)


async def test_an_answer_goes_on_with_another_receipt(engine: Engine, owner: Owner) -> None:
    engine("tokens=30")
    first = await told(await ask(owner, settings={"max_tokens": 10}))
    assert first["status"] == Status.LENGTH
    assert first["text"].split() == [f"w{number}" for number in range(10)]
    turn = await turns.begin(partial(turns.continue_, owner, UUID(first["id"])))
    second = await told(turn)
    assert second["text"].split() == [f"w{number}" for number in range(20)]
    assert second["text"].startswith(first["text"])
    assert [receipt["generated_tokens"] for receipt in second["runs"]] == [10, 10]


async def test_a_failed_answer_says_why_and_can_be_made_again(engine: Engine, owner: Owner, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    engine("die-at=0", "when=Apple?", f"while={tmp_path / 'broken'}")
    turn = await ask(owner, "Apple?")
    failed = await told(turn)
    assert (failed["status"], failed["text"]) == (Status.FAILED, "")
    assert failed["error"]["code"] == EngineCrashed.code
    (tmp_path / "broken").unlink()
    again = await told(await turns.begin(partial(turns.continue_, owner, UUID(failed["id"]))))
    assert (again["status"], again["error"]) == (Status.COMPLETE, None)
    assert again["text"].endswith("Apple?")


async def test_a_question_that_waited_too_long_is_told_so_and_can_be_asked_again(engine: Engine, owner: Owner) -> None:
    engine("tokens=250", "seconds-per-token=0.1", QUEUE_TIMEOUT="0.2")
    running = await ask(owner)
    await begun(running)
    failed = await told(await ask(owner))
    assert (failed["status"], failed["text"], failed["runs"]) == (Status.FAILED, "", [])
    assert failed["error"]["code"] == "queue_timeout"
    assert "Try again" in failed["error"]["detail"]
    answer_registry.stop_in(running.conversation.pk)
    await told(running)
    again = await turns.begin(partial(turns.continue_, owner, UUID(failed["id"])))
    await begun(again)


async def test_a_question_that_finds_the_queue_full_is_told_so(engine: Engine, owner: Owner) -> None:
    engine("tokens=250", "seconds-per-token=0.1", MAX_QUEUE="1")
    running = await ask(owner)
    await begun(running)
    waiting = await ask(owner)
    assert waiting.task
    async for _ in waiting.task.growing.follow(0):
        break  # it has its place in the queue
    failed = await told(await ask(owner))
    assert (failed["status"], failed["error"]["code"]) == (Status.FAILED, "queue_full")
    assert "Try again" in failed["error"]["detail"]


async def test_an_engine_that_cannot_start_is_told_with_what_to_do(
    engine: Engine, owner: Owner, tmp_path: Path
) -> None:
    engine(LLAMA_CLI=str(tmp_path / "missing"))
    failed = await told(await ask(owner))
    assert (failed["status"], failed["error"]["code"]) == (Status.FAILED, "engine_unavailable")
    assert "set LLAMA_CLI" in failed["error"]["detail"]


async def test_a_death_in_the_middle_keeps_what_was_said(engine: Engine, owner: Owner) -> None:
    engine("die-at=5", "when=Apple?", "tokens=30")
    failed = await told(await ask(owner, "Apple?"))
    assert (failed["status"], failed["error"]["code"]) == (Status.FAILED, EngineCrashed.code)
    assert failed["text"].split() == [f"w{number}" for number in range(5)]


async def test_old_turns_are_left_out_in_big_steps_and_it_is_told(engine: Engine, owner: Owner) -> None:
    """The fake recites all questions that it can see, so answers grow, and the context of 128 tokens is soon full."""
    engine("echo", CONTEXT_SIZE="128")
    settings = {"system_prompt": "", "max_tokens": 30}
    after: Message | None = None
    asked: list[str] = []
    starts: list[str | None] = []
    for number in range(14):
        turn = await ask(owner, f"Question {number} of many words to fill it", after, settings=settings)
        message = await told(turn)
        assert message["status"] == Status.COMPLETE, message["error"]
        asked.append(str(turn.messages[0].pk))
        starts.append(message["window_start"])
        after = await row(message["id"])
    assert starts[0] is None
    moves = [asked.index(start) for start in dict.fromkeys(starts) if start]
    assert len(moves) >= 2
    assert moves == sorted(moves)
    assert all(later - earlier >= 2 for earlier, later in zip([0, *moves], moves, strict=False))  # in big steps
    assert len(set(starts)) <= len(starts) / 2  # and it is kept between them
    receipts = [run async for run in Message.objects.filter(role="assistant").values_list("runs", flat=True)]
    assert all(run[0]["prompt_tokens"] <= 128 - 15 for run in receipts)


async def test_a_question_that_alone_does_not_fit_is_told_so(engine: Engine, owner: Owner) -> None:
    engine(CONTEXT_SIZE="128")
    first = await told(await ask(owner, "Short?"))
    message = await told(await ask(owner, "word " * 300, after=await row(first["id"])))
    assert (message["status"], message["text"]) == (Status.FAILED, "")
    assert message["error"]["code"] == "prompt_too_long"
    assert "128" in message["error"]["detail"]
    assert "Shorten" in message["error"]["detail"]


async def test_imported_turns_without_counts_are_shrunk_until_the_engine_takes_them(
    engine: Engine, owner: Owner
) -> None:
    engine("echo", CONTEXT_SIZE="128")
    first = await row((await told(await ask(owner, "Short?", settings={"system_prompt": ""})))["id"])
    await Message.objects.filter(pk=first.pk).aupdate(text="a b c d e f " * 30, runs=[])
    message = await told(await ask(owner, "And?", after=first))
    assert (message["status"], message["text"].strip()) == (Status.COMPLETE, "And?")
    assert message["window_start"] == message["parent"]


async def test_an_answer_is_interrupted_when_the_server_ends(engine: Engine, owner: Owner) -> None:
    engine("tokens=500", "seconds-per-token=0.05")
    running = await ask(owner)
    text = await begun(running, 5)
    waiting = await ask(owner)
    await service.drain(0)
    await answer_registry.end_all()
    cut, unbegun = await row(running.messages[1].pk), await row(waiting.messages[1].pk)
    assert (cut.status, cut.text.startswith(text)) == (Status.INTERRUPTED, True)
    assert (unbegun.status, unbegun.text, unbegun.runs) == (Status.INTERRUPTED, "", [])
    late = await ask(owner)
    assert (await told(late))["status"] == Status.INTERRUPTED


async def test_an_end_that_cannot_be_saved_is_saved_later(
    engine: Engine, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    """The table is away for a while, as a database that is down."""
    engine("tokens=20", "seconds-per-token=0.2")  # it is away before the end
    turn = await ask(owner)
    await begun(turn)
    await in_database(rename, "chat_message", "away")

    async def has_failed() -> bool:
        return "end of an answer could not be saved" in caplog.text

    try:
        await until(has_failed)
        assert turn.task
        assert len(turn.task.growing.text.split()) == 20  # whoever follows it has it
        assert answer_registry.is_answering(turn.conversation.pk)
    finally:
        await in_database(rename, "away", "chat_message")
    message = await told(turn)
    assert (message["status"], len(message["text"].split())) == (Status.COMPLETE, 20)


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


async def test_an_answer_whose_conversation_is_erased_ends_quietly(engine: Engine, owner: Owner) -> None:
    engine("tokens=500", "seconds-per-token=0.05")
    turn = await ask(owner)
    assert turn.task
    await begun(turn)
    await Conversation.objects.filter(pk=turn.conversation.pk).adelete()
    turn.task.stop()
    news = [each async for each in turn.task.growing.follow(0)]
    assert news[-1] == Ended(None)
    assert not answer_registry.is_answering(turn.conversation.pk)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60))
async def test_any_text_is_kept_as_it_is(engine: Engine, owner: Owner, text: str) -> None:
    if text.strip():
        turn = await ask(owner, text)
        await told(turn)
        assert (await row(turn.messages[0].pk)).text == text
