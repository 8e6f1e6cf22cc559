"""What a question, another answer and a continued one write, and what they refuse."""

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
    """As if its answer had been made."""
    assert turn.task
    answer_registry.release(turn.task)
    Message.objects.filter(pk=turn.task.answer_id).update(text=text, status=status)
    return Message.objects.get(pk=turn.task.answer_id)


def test_a_first_question_makes_its_conversation_and_an_answer_to_be_made() -> None:
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
    assert after.seed is None  # settings are those of a new conversation


def test_an_edited_question_is_a_sibling_of_the_first_one() -> None:
    first = question()
    finish(turns.send(OWNER, first))
    edited = turns.send(OWNER, question(conversation=first["conversation"], text="Other words?"))
    assert edited.siblings[edited.messages[0].pk] == [first["message"], edited.messages[0].pk]
    assert Conversation.objects.get(pk=first["conversation"]).leaf_id == edited.messages[1].pk


def test_the_same_question_again_changes_nothing_and_finds_the_same() -> None:
    frame = question()
    first = turns.send(OWNER, frame)
    while_it_runs = turns.send(OWNER, frame)
    finish(first)
    after = turns.send(OWNER, frame)
    for again in (while_it_runs, after):
        assert [each.pk for each in again.messages] == [each.pk for each in first.messages]
        assert again.task is None
    assert Message.objects.count() == 2


def test_one_answer_at_a_time_in_a_conversation() -> None:
    frame = question()
    first = turns.send(OWNER, frame)
    answer = first.messages[1].pk
    for refused in (
        refusal(turns.send, OWNER, question(conversation=frame["conversation"])),
        refusal(turns.regenerate, OWNER, frame["message"]),
    ):
        assert refused.code == "conversation_busy"
        assert "stop it" in refused.detail
    assert turns.continue_(OWNER, answer).task is None  # it goes on already
    assert Message.objects.count() == 2
    finish(first)
    assert turns.regenerate(OWNER, frame["message"]).task


def test_another_answer_is_a_sibling() -> None:
    frame = question()
    first = finish(turns.send(OWNER, frame))
    turn = turns.regenerate(OWNER, frame["message"])
    (second,) = turn.messages
    assert turn.siblings[second.pk] == [first.pk, second.pk]
    assert Conversation.objects.get(pk=frame["conversation"]).leaf_id == second.pk


@pytest.mark.parametrize(
    "status", [Status.LENGTH, Status.STOPPED, Status.FAILED, Status.INTERRUPTED, Status.GENERATING]
)
def test_an_answer_that_was_cut_goes_on_where_it_ended(status: str) -> None:
    """One that is said to be made, and is not, was interrupted."""
    answer = finish(turns.send(OWNER, question()), "Half an", status)
    Message.objects.filter(pk=answer.pk).update(error_code="engine_crashed", error_detail="It died.")
    turn = turns.continue_(OWNER, answer.pk)
    assert turn.task and turn.task.growing.text == "Half an"
    row = Message.objects.get(pk=answer.pk)
    assert (row.status, row.error_code, row.error_detail, row.text) == (Status.GENERATING, "", "", "Half an")


def test_an_answer_that_the_model_ended_does_not_go_on() -> None:
    answer = finish(turns.send(OWNER, question()))
    assert refusal(turns.continue_, OWNER, answer.pk).code == "not_continuable"


def test_what_is_somebody_elses_or_deleted_is_not_there() -> None:
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


def test_an_id_that_another_message_of_ones_own_has_is_refused() -> None:
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


def test_a_turn_that_cannot_be_written_gives_its_place_back() -> None:
    mine = conversation(OWNER, "One?", "Yes.")
    answer = mine.messages.get(role="assistant")
    blocked = AnswerTask(mine.pk, uuid4(), OWNER)
    assert answer_registry.reserve(blocked)
    assert refusal(turns.send, OWNER, question(conversation=mine.pk, parent=answer.pk)).code == "conversation_busy"
    assert answer_registry.find(blocked.answer_id) is blocked  # it is not the refused one's to give back
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
def test_the_title_is_the_first_line_cut_at_a_words_end(text: str, title: str) -> None:
    assert turns.title_of(text) == title
    assert len(title) <= 60
    assert Line(max_length=MAX_TITLE).run_validation(title) == title  # so that an export of it can be imported
