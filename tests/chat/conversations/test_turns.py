"""Turns: questions, regenerated and continued answers, and their refusals."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.answers.answer_task import AnswerTask
from chat.conversations import turns
from chat.conversations.serializers import Line
from chat.errors import ChatError
from chat.models import MAX_TITLE, Conversation, Message
from tests.chat.browser import conversation

pytestmark = pytest.mark.django_db

OWNER = Owner(visitor=uuid4())
STRANGER = Owner(visitor=uuid4())
Status = Message.Status


def question(**fields: Any) -> dict[str, Any]:
    return {"conversation": uuid4(), "message": uuid4(), "parent": None, "text": "What is a weight?"} | fields


def refusal(function: Any, *args: Any) -> ChatError:
    with pytest.raises(ChatError) as caught:
        function(*args)
    return caught.value


def finish(turn: turns.Turn, text: str = "An answer.", status: str = Status.COMPLETE) -> Message:
    """End the turn's answer as if it had been generated."""
    assert turn.task
    answer_registry.release(turn.task)
    Message.objects.filter(pk=turn.task.answer_id).update(text=text, status=status)
    return Message.objects.get(pk=turn.task.answer_id)


def test_a_first_question_creates_its_conversation_and_an_empty_answer() -> None:
    frame = question(settings={"temperature": 0.0, "system_prompt": "Be brief."})
    turn = turns.send(OWNER, frame)
    row = Conversation.objects.owned_by(OWNER).get(pk=frame["conversation"])
    asked, answer = turn.messages
    assert (row.title, row.temperature, row.system_prompt, row.seed) == ("What is a weight?", 0.0, "Be brief.", None)
    assert row.leaf_id == answer.pk
    assert (asked.pk, asked.parent_id, asked.role, asked.status) == (frame["message"], None, "user", Status.COMPLETE)
    assert (answer.parent_id, answer.role, answer.status) == (asked.pk, "assistant", Status.GENERATING)
    assert turn.task and answer_registry.find(answer.pk) is turn.task
    assert answer_registry.is_answering(row.pk)


def test_the_next_question_follows_an_answer_and_moves_the_conversation_up() -> None:
    first = question()
    answer = finish(turns.send(OWNER, first))
    before = Conversation.objects.get(pk=first["conversation"])
    turn = turns.send(OWNER, question(conversation=before.pk, parent=answer.pk, settings={"seed": 5}))
    after = Conversation.objects.get(pk=before.pk)
    assert turn.messages[0].parent_id == answer.pk
    assert after.updated_at > before.updated_at
    assert after.title == before.title
    assert after.seed is None  # a frame's settings apply to a new conversation only


def test_an_edited_question_is_a_sibling_of_the_original() -> None:
    first = question()
    finish(turns.send(OWNER, first))
    edited = turns.send(OWNER, question(conversation=first["conversation"], text="Other words?"))
    assert edited.siblings[edited.messages[0].pk] == [first["message"], edited.messages[0].pk]
    assert Conversation.objects.get(pk=first["conversation"]).leaf_id == edited.messages[1].pk


def test_a_repeated_question_changes_nothing_and_returns_the_same_turn() -> None:
    frame = question()
    first = turns.send(OWNER, frame)
    while_it_runs = turns.send(OWNER, frame)
    finish(first)
    after = turns.send(OWNER, frame)
    for again in (while_it_runs, after):
        assert [each.pk for each in again.messages] == [each.pk for each in first.messages]
        assert again.task is None
    assert Message.objects.count() == 2


def test_a_conversation_generates_one_answer_at_a_time() -> None:
    frame = question()
    first = turns.send(OWNER, frame)
    answer = first.messages[1].pk
    for refused in (
        refusal(turns.send, OWNER, question(conversation=frame["conversation"])),
        refusal(turns.regenerate, OWNER, frame["message"]),
    ):
        assert refused.code == "conversation_busy"
        assert "stop it" in refused.detail
    assert turns.continue_(OWNER, answer).task is None  # it is running
    assert Message.objects.count() == 2
    finish(first)
    assert turns.regenerate(OWNER, frame["message"]).task


def test_a_regenerated_answer_is_a_sibling() -> None:
    frame = question()
    first = finish(turns.send(OWNER, frame))
    turn = turns.regenerate(OWNER, frame["message"])
    (second,) = turn.messages
    assert turn.siblings[second.pk] == [first.pk, second.pk]
    assert Conversation.objects.get(pk=frame["conversation"]).leaf_id == second.pk


@pytest.mark.parametrize(
    "status", [Status.LENGTH, Status.STOPPED, Status.FAILED, Status.INTERRUPTED, Status.GENERATING]
)
def test_an_answer_that_was_cut_continues_where_it_ended(status: str) -> None:
    """An answer with the status "generating" that is not registered was interrupted."""
    answer = finish(turns.send(OWNER, question()), "Half an", status)
    Message.objects.filter(pk=answer.pk).update(error_code="engine_crashed", error_detail="It died.")
    turn = turns.continue_(OWNER, answer.pk)
    assert turn.task and turn.task.growing.text == "Half an"
    row = Message.objects.get(pk=answer.pk)
    assert (row.status, row.error_code, row.error_detail, row.text) == (Status.GENERATING, "", "", "Half an")


def test_a_complete_answer_cannot_be_continued() -> None:
    answer = finish(turns.send(OWNER, question()))
    assert refusal(turns.continue_, OWNER, answer.pk).code == "not_continuable"


def test_other_owners_and_deleted_rows_are_not_found() -> None:
    mine = conversation(OWNER, "Mine?", "Yes.")
    theirs = conversation(STRANGER, "Theirs?", "Yes.", "And?", "So.")
    gone = conversation(OWNER, "Gone?", "Yes.", deleted_at=timezone.now())
    for other in (theirs, gone):
        asked, answer = other.messages.filter(role="user").first(), other.messages.filter(role="assistant").first()
        refused = [
            refusal(turns.send, OWNER, question(conversation=other.pk)),
            refusal(turns.send, OWNER, question(conversation=other.pk, parent=answer.pk)),
            refusal(turns.send, OWNER, question(conversation=mine.pk, parent=answer.pk)),
            refusal(turns.send, OWNER, question(parent=answer.pk)),
            refusal(turns.send, OWNER, question(message=asked.pk)),
            refusal(turns.send, OWNER, question(conversation=mine.pk, message=asked.pk)),
            refusal(turns.regenerate, OWNER, asked.pk),
            refusal(turns.continue_, OWNER, answer.pk),
        ]
        assert {error.code for error in refused} == {"not_found"}
    assert Message.objects.count() == 8
    assert not answer_registry.tasks()


def test_an_id_that_another_message_has_is_refused() -> None:
    mine = conversation(OWNER, "One?", "Yes.")
    asked, answer = mine.messages.order_by("created_at")
    assert refusal(turns.send, OWNER, question(message=asked.pk)).code == "id_taken"
    assert refusal(turns.send, OWNER, question(conversation=mine.pk, message=answer.pk)).code == "id_taken"


def test_questions_follow_answers_and_answers_follow_questions() -> None:
    mine = conversation(OWNER, "One?", "Yes.")
    asked, answer = mine.messages.order_by("created_at")
    assert refusal(turns.send, OWNER, question(conversation=mine.pk, parent=asked.pk)).fields == {
        "parent": ["Expected an answer, or null."]
    }
    assert list(refusal(turns.regenerate, OWNER, answer.pk).fields or {}) == ["message"]
    assert list(refusal(turns.continue_, OWNER, asked.pk).fields or {}) == ["message"]


def test_a_refused_turn_does_not_release_another_answer() -> None:
    mine = conversation(OWNER, "One?", "Yes.")
    answer = mine.messages.get(role="assistant")
    blocked = AnswerTask(mine.pk, uuid4(), OWNER)
    assert answer_registry.reserve(blocked)
    assert refusal(turns.send, OWNER, question(conversation=mine.pk, parent=answer.pk)).code == "conversation_busy"
    assert answer_registry.find(blocked.answer_id) is blocked  # the refused turn must not release it
    answer_registry.release(blocked)
    assert turns.send(OWNER, question(conversation=mine.pk, parent=answer.pk)).task


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("  What\tis   this?\nAnd that?", "What is this?"),
        ("\n\nFirst words", "First words"),
        ("word " * 30, " ".join(["word"] * 12) + "…"),
        ("x" * 100, f"{'x' * 59}…"),
        ("x" * 60, "x" * 60),
        ("a\x07b \x1b[31mred\x9f", "ab [31mred"),
        ("\x07", "Untitled"),
        ("\x07\nSecond line", "Untitled"),
    ],
)
def test_a_title_is_the_first_line_cut_at_the_end_of_a_word(text: str, title: str) -> None:
    assert turns.title_of(text) == title
    assert len(title) <= 60
    assert Line(max_length=MAX_TITLE).run_validation(title) == title  # so that its export can be imported
