"""Answers that fail, are interrupted, or cannot be saved."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.conversations import turns
from chat.database import in_database
from chat.models import Message
from inference.engine.errors import EngineCrashed
from inference.serving import service
from tests import engine_processes
from tests.chat.answers.asking import ask, ended, row, text_once, until
from tests.chat.conftest import Engine
from tests.chat.transport.sockets import rename_table

pytestmark = pytest.mark.django_db(transaction=True)

Status = Message.Status


async def test_a_failed_answer_has_its_error_and_can_be_retried(engine: Engine, owner: Owner, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    engine("die-at=0", "when=Apple?", f"while={tmp_path / 'broken'}")
    turn = await ask(owner, "Apple?")
    failed = await ended(turn)
    assert (failed["status"], failed["text"]) == (Status.FAILED, "")
    assert failed["error"]["code"] == EngineCrashed.code
    (tmp_path / "broken").unlink()
    again = await ended(await turns.begin(partial(turns.continue_, owner, UUID(failed["id"]))))
    assert (again["status"], again["error"]) == (Status.COMPLETE, None)
    assert again["text"].endswith("Apple?")


async def test_an_answer_that_waited_too_long_fails_and_can_be_retried(engine: Engine, owner: Owner) -> None:
    engine("tokens=250", "seconds-per-token=0.1", QUEUE_TIMEOUT="0.2")
    running = await ask(owner)
    await text_once(running)
    failed = await ended(await ask(owner))
    assert (failed["status"], failed["text"], failed["runs"]) == (Status.FAILED, "", [])
    assert failed["error"]["code"] == "queue_timeout"
    assert "Try again" in failed["error"]["detail"]
    answer_registry.stop_in(running.conversation.pk)
    await ended(running)
    again = await turns.begin(partial(turns.continue_, owner, UUID(failed["id"])))
    await text_once(again)


async def test_an_answer_fails_where_the_queue_is_full(engine: Engine, owner: Owner) -> None:
    engine("tokens=250", "seconds-per-token=0.1", MAX_QUEUE="1")
    running = await ask(owner)
    await text_once(running)
    waiting = await ask(owner)
    assert waiting.task
    async for _ in waiting.task.growing.follow(0):
        break  # it is queued
    failed = await ended(await ask(owner))
    assert (failed["status"], failed["error"]["code"]) == (Status.FAILED, "queue_full")
    assert "Try again" in failed["error"]["detail"]


async def test_an_engine_that_cannot_start_fails_the_answer_without_naming_its_files(
    engine: Engine, owner: Owner, tmp_path: Path
) -> None:
    engine(LLAMA_CLI=str(tmp_path / "missing"))
    failed = await ended(await ask(owner))
    assert (failed["status"], failed["error"]["code"]) == (Status.FAILED, "engine_unavailable")
    assert "cannot be started" in failed["error"]["detail"]
    assert str(tmp_path) not in failed["error"]["detail"]


async def test_an_answer_waits_for_a_database_that_is_unavailable_when_it_begins(
    engine: Engine, owner: Owner, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    available = tmp_path / "available"
    available.touch()
    engine("never-ready", f"while={available}")  # the question is stored before the answer reads what to answer
    turn = await ask(owner, "Apple?")
    await in_database(partial(rename_table, "chat_message", "away"))
    available.unlink()
    try:
        await engine_processes.until(lambda: "could not be read" in caplog.text)
    finally:
        await in_database(partial(rename_table, "away", "chat_message"))
    answer = await ended(turn)
    assert (answer["status"], answer["error"]) == (Status.COMPLETE, None)
    assert answer["text"].endswith("Apple?")


@pytest.mark.promise(2)
async def test_a_crash_keeps_the_text_so_far(engine: Engine, owner: Owner) -> None:
    engine("die-at=5", "when=Apple?", "tokens=30")
    failed = await ended(await ask(owner, "Apple?"))
    assert (failed["status"], failed["error"]["code"]) == (Status.FAILED, EngineCrashed.code)
    assert failed["text"].split() == [f"w{number}" for number in range(5)]


async def test_answers_are_interrupted_when_the_server_stops(engine: Engine, owner: Owner) -> None:
    engine("tokens=500", "seconds-per-token=0.05")
    running = await ask(owner)
    text = await text_once(running, 5)
    waiting = await ask(owner)
    await service.drain(0)
    await answer_registry.end_all()
    cut, unstarted = await row(running.messages[1].pk), await row(waiting.messages[1].pk)
    assert (cut.status, cut.text.startswith(text)) == (Status.INTERRUPTED, True)
    assert (unstarted.status, unstarted.text, unstarted.runs) == (Status.INTERRUPTED, "", [])
    late = await ask(owner)
    assert (await ended(late))["status"] == Status.INTERRUPTED


async def test_an_end_that_could_not_be_saved_is_saved_later(
    engine: Engine, owner: Owner, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The table is renamed for a while, like a database that is down."""
    available = tmp_path / "available"
    available.touch()
    engine("tokens=20", "wait-at=10", "when=Why?", f"while={available}")  # the table is renamed before the end
    turn = await ask(owner)
    await text_once(turn)
    await in_database(rename_table, "chat_message", "away")
    available.unlink()

    async def has_failed() -> bool:
        return "end of an answer could not be saved" in caplog.text

    try:
        await until(has_failed)
        assert turn.task
        assert len(turn.task.growing.text.split()) == 20  # followers have all of it
        assert answer_registry.is_answering(turn.conversation.pk)
    finally:
        await in_database(rename_table, "away", "chat_message")
    message = await ended(turn)
    assert (message["status"], len(message["text"].split())) == (Status.COMPLETE, 20)
