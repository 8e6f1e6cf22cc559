"""Messages that are deleted, restored, or edited as another version."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from chat.answers import answer_registry
from chat.answers.answer_task import AnswerTask
from chat.conversations import deletion, turns
from chat.errors import ChatError
from chat.models import Conversation, Message
from tests.chat.browser import Browser, add, conversation, path_of

pytestmark = pytest.mark.django_db


def shown(browser: Browser, row: Conversation) -> list[str]:
    return [each["text"] for each in browser.get(path_of(row, "messages"))["messages"]]


def message(row: Conversation, text: str) -> Message:
    return row.messages.get(text=text)


def at(row: Conversation, text: str, *more: str) -> str:
    return path_of(row, "messages", str(message(row, text).pk), *more)


def delete(browser: Browser, path: str) -> dict[str, Any]:
    response = browser.send("DELETE", path)
    assert response.status_code == 200, response.content
    return response.json()  # type: ignore[attr-defined]


def test_a_deleted_question_takes_what_follows_along_and_is_restored_with_it(browser: Browser) -> None:
    row = conversation(browser.owner, "one", "first", "two", "second", "three", "third")
    add(row, message(row, "first"), "another two")
    page = delete(browser, at(row, "two"))
    assert page["deleted"] == 4
    assert [each["text"] for each in page["messages"]] == ["one", "first", "another two"]  # its other version
    assert [len(each["siblings"]) for each in page["messages"]] == [1, 1, 1]
    browser.refused("GET", at(row, "third"), status=404)
    assert browser.get("/chat/conversations?search=third")["conversations"] == []
    assert b"third" not in browser.download("/chat/export")
    restored = browser.post(at(row, "two", "restore"), {"message": str(message(row, "third").pk)})
    assert [each["text"] for each in restored["messages"]] == ["one", "first", "two", "second", "three", "third"]
    assert browser.get(at(row, "two"))["siblings"] == restored["messages"][2]["siblings"]
    assert len(restored["messages"][2]["siblings"]) == 2


def test_the_branch_ends_where_the_only_answer_was_deleted(browser: Browser) -> None:
    row = conversation(browser.owner, "one", "first")
    delete(browser, at(row, "first"))
    assert shown(browser, row) == ["one"]
    delete(browser, at(row, "one"))
    assert shown(browser, row) == []
    # What was deleted before the question stays deleted.
    restored = browser.post(at(row, "one", "restore"), {"message": str(message(row, "one").pk)})
    assert [each["text"] for each in restored["messages"]] == ["one"]


def test_a_message_is_not_restored_without_the_one_before_it(browser: Browser) -> None:
    row = conversation(browser.owner, "one", "first", "two")
    delete(browser, at(row, "two"))
    delete(browser, at(row, "one"))
    body = {"message": str(message(row, "two").pk)}
    assert browser.refused("POST", at(row, "two", "restore"), body, status=404)["code"] == "not_found"


def test_nothing_follows_a_deleted_message(browser: Browser) -> None:
    row = conversation(browser.owner, "one", "first", "two", "second")
    answer, question = message(row, "second"), message(row, "two")
    delete(browser, at(row, "two"))
    frame = {"conversation": row.pk, "message": uuid4(), "parent": answer.pk, "text": "What?"}
    with pytest.raises(ChatError, match="There is no such message"):
        turns.send(browser.owner, frame)
    with pytest.raises(ChatError, match="There is no such message"):
        turns.send(browser.owner, frame | {"message": question.pk, "parent": None})  # the same question again
    with pytest.raises(ChatError, match="There is no such message"):
        turns.regenerate(browser.owner, question.pk)


def test_an_answer_that_is_being_generated_is_not_deleted(browser: Browser) -> None:
    row = conversation(browser.owner, "one")
    question = message(row, "one")
    turn = turns.regenerate(browser.owner, question.pk)
    error = browser.refused("DELETE", at(row, "one"), status=409)
    assert (error["code"], error["detail"].endswith("Stop it first.")) == ("conversation_busy", True)
    assert turn.task
    answer_registry.release(turn.task)
    assert delete(browser, at(row, "one"))["deleted"] == 2


def test_an_edited_answer_is_a_version_that_says_so(browser: Browser) -> None:
    row = conversation(browser.owner, "one", "first", "two", "second")
    page = browser.post(at(row, "first", "versions"), {"text": "First!"})
    assert [each["text"] for each in page["messages"]] == ["one", "First!"]
    original, edited = (browser.get(at(row, text)) for text in ("first", "First!"))
    assert (original["edited"], edited["edited"]) == (False, True)
    assert original["siblings"] == edited["siblings"] == [original["id"], edited["id"]]
    assert (edited["status"], edited["runs"]) == ("complete", [])
    exported = browser.download("/chat/export")
    other = Browser()
    other.send("POST", "/chat/import", exported)
    copy = Conversation.objects.owned_by(other.owner).get()
    assert [each["edited"] for each in other.get(path_of(copy, "messages"))["messages"]] == [False, True]


def test_only_an_answer_is_edited_and_only_while_none_is_generated(browser: Browser) -> None:
    row = conversation(browser.owner, "one", "first")
    fields = browser.refused("POST", at(row, "one", "versions"), {"text": "1"})
    assert "this is a question" in str(fields)
    assert browser.refused("POST", at(row, "first", "versions"), {"text": " "})["fields"]["text"]
    task = AnswerTask(row.pk, uuid4(), browser.owner)
    answer_registry.reserve(task)
    busy = browser.refused("POST", at(row, "first", "versions"), {"text": "1"}, status=409)
    assert busy["code"] == "conversation_busy"


@pytest.mark.parametrize(
    ("method", "more"), [("GET", ()), ("DELETE", ()), ("POST", ("restore",)), ("POST", ("versions",))]
)
def test_other_owners_messages_do_not_exist(browser: Browser, method: str, more: tuple[str, ...]) -> None:
    row = conversation(Browser().owner, "one", "first")
    body = {"restore": {"message": str(uuid4())}, "versions": {"text": "mine"}}.get("".join(more))
    assert browser.refused(method, at(row, "first", *more), body, status=404)["code"] == "not_found"
    mine = conversation(browser.owner, "two", "second")
    path = path_of(mine, "messages", str(message(row, "first").pk), *more)
    assert browser.refused(method, path, body, status=404)["code"] == "not_found"
    assert row.messages.filter(deleted_at=None).count() == 2


def test_deleted_messages_are_erased_after_an_hour(browser: Browser) -> None:
    row = conversation(browser.owner, *(str(number) for number in range(1500)))  # deeper than Python's stack
    delete(browser, at(row, "1"))
    first: UUID = message(row, "1").pk
    assert deletion.erase_deleted_messages(dry_run=False) == "0 deleted messages"
    Message.objects.exclude(deleted_at=None).update(deleted_at=timezone.now() - timedelta(hours=1, seconds=1))
    browser.refused("POST", at(row, "1", "restore"), {"message": str(first)}, status=404)
    assert deletion.erase_deleted_messages(dry_run=True) == "1499 deleted messages"
    assert deletion.erase_deleted_messages(dry_run=False) == "1499 deleted messages"
    assert [each.text for each in row.messages.all()] == ["0"]
