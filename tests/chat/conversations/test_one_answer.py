"""One answer at a time in a conversation: rows, their constraint and the migration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.conversations import turns
from chat.errors import ChatError
from chat.models import Message
from tests.chat.browser import add, conversation
from tests.chat.transport.sockets import execute

OWNER = Owner(visitor=uuid4())
Status = Message.Status


@pytest.mark.django_db
def test_a_second_generating_answer_of_a_conversation_is_refused_by_the_database() -> None:
    row = conversation(OWNER, "One?")
    add(row, row.leaf, "", status=Status.GENERATING)
    with pytest.raises(IntegrityError):
        add(row, row.leaf, "", status=Status.GENERATING)


@pytest.mark.django_db
def test_the_next_turn_marks_an_answer_that_a_crash_left_generating_as_interrupted() -> None:
    row, other = conversation(OWNER, "One?"), conversation(OWNER, "Two?")
    left = add(row, row.leaf, "Half an", status=Status.GENERATING)
    elsewhere = add(other, other.leaf, "Half an", status=Status.GENERATING)
    (answer,) = turns.regenerate(OWNER, row.messages.get(role="user").pk).messages
    for message in (left, elsewhere, answer):
        message.refresh_from_db()
    assert (left.status, left.text) == (Status.INTERRUPTED, "Half an")
    assert elsewhere.status == Status.GENERATING
    assert answer.status == Status.GENERATING


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the trigger is SQLite's")
def test_an_answer_that_another_process_generates_makes_the_conversation_busy() -> None:
    """The trigger stands for the other process: it sets the status back while the turn is written."""
    row = conversation(OWNER, "One?")
    add(row, row.leaf, "", status=Status.GENERATING)
    question = row.messages.get(role="user").pk
    execute(
        "CREATE TRIGGER other AFTER UPDATE OF status ON chat_message WHEN NEW.status = 'interrupted' "
        "BEGIN UPDATE chat_message SET status = 'generating' WHERE id = NEW.id; END"
    )
    with pytest.raises(ChatError) as refused:
        turns.regenerate(OWNER, question)
    assert refused.value.code == "conversation_busy"
    assert not answer_registry.is_answering(row.pk)
    assert Message.objects.count() == 2


@pytest.fixture
def before_the_constraint(transactional_db: None) -> Iterator[Any]:
    """The models of the migration before, and the database as it leaves it."""
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate([("chat", "0002_search_titles")])
    yield executor.loader.project_state([("chat", "0002_search_titles")]).apps
    executor = MigrationExecutor(connection)
    executor.migrate(latest)


def test_the_migration_keeps_the_newest_generating_answer_of_each_conversation(before_the_constraint: Any) -> None:
    conversations = before_the_constraint.get_model("chat", "Conversation").objects
    messages = before_the_constraint.get_model("chat", "Message").objects
    moment = timezone.now()
    rows = [conversations.create(title="One", visitor=uuid4()) for _ in range(2)]
    for row in rows:
        for hours in range(3):
            created = moment - timedelta(hours=hours)
            messages.create(conversation=row, role="assistant", status="generating", created_at=created)
    MigrationExecutor(connection).migrate([("chat", "0003_one_generating_answer")])
    for row in rows:
        statuses = Message.objects.filter(conversation=row.pk).order_by("-created_at").values_list("status", flat=True)
        assert list(statuses) == ["generating", "interrupted", "interrupted"]
