"""Turns that are written at the same time, on whichever database the tests use."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.conversations import turns
from chat.conversations.turns import Turn
from chat.errors import ChatError
from chat.models import Conversation, Message

pytestmark = pytest.mark.django_db(transaction=True)

OWNER = Owner(visitor=uuid4())
WRITERS = 16


def at_once(write: Callable[[int], Turn]) -> list[Turn | str]:
    """Call `write` in several threads at the same time; return their turns, or the codes of their refusals."""
    together = Barrier(WRITERS)

    def run(number: int) -> Turn | str:
        together.wait()
        try:
            return write(number)
        except ChatError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as threads:
        return list(threads.map(run, range(WRITERS)))


def question(**fields: Any) -> dict[str, Any]:
    return {"conversation": uuid4(), "message": uuid4(), "parent": None, "text": "Why?"} | fields


def test_a_repeated_new_question_is_written_once() -> None:
    frame = question()
    results = at_once(lambda _: turns.send(OWNER, frame))
    written = [result for result in results if isinstance(result, Turn)]
    assert len(written) == WRITERS, results
    assert len([turn for turn in written if turn.task]) == 1
    assert {tuple(message.pk for message in turn.messages) for turn in written} == {
        (Message.objects.get(role="user").pk, Message.objects.get(role="assistant").pk)
    }
    assert Conversation.objects.count() == 1


def test_one_of_several_questions_gets_the_conversation() -> None:
    first = turns.send(OWNER, question())
    assert first.task
    answer_registry.release(first.task)
    Message.objects.filter(pk=first.task.answer_id).update(status="complete", text="Because.")
    frames = [question(conversation=first.conversation.pk, parent=first.task.answer_id) for _ in range(WRITERS)]
    results = at_once(lambda number: turns.send(OWNER, frames[number]))
    (written,) = [result for result in results if isinstance(result, Turn)]
    assert results.count("conversation_busy") == WRITERS - 1
    assert [message.parent_id for message in written.messages] == [first.task.answer_id, written.messages[0].pk]
    assert Message.objects.filter(status="generating").count() == 1
    assert Message.objects.count() == 4


def test_one_message_id_is_used_by_one_of_several_conversations() -> None:
    message = uuid4()
    results = at_once(lambda _: turns.send(OWNER, question(message=message)))
    assert len([result for result in results if isinstance(result, Turn)]) == 1
    assert results.count("id_taken") == WRITERS - 1
    assert Conversation.objects.count() == 1
