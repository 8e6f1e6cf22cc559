"""Erasing a conversation while something else is written in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from chat.accounts.owners import Owner
from chat.answers.saving import save_partial
from chat.conversations.deletion import erase
from chat.models import Conversation, Message
from tests.chat.browser import conversation
from tests.server import until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time, and no row locks"),
]

OWNER = Owner(visitor=uuid4())


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def in_another_connection(write: Callable[[], Any]) -> Any:
    try:
        return write()
    finally:
        connection.close()


def test_a_turn_and_an_erasure_take_the_conversation_before_its_messages() -> None:
    """The turn has the conversation, the erasure comes, and the turn goes on to a message: neither is aborted."""
    row = conversation(OWNER, "One?", "Yes.")
    Conversation.objects.filter(pk=row.pk).update(leaf=None)
    Message.objects.filter(pk=row.leaf_id).update(window_start=row.messages.get(role="user"))
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            Conversation.objects.select_for_update().get(pk=row.pk)
            erasing = thread.submit(in_another_connection, lambda: erase(Conversation.objects.filter(pk=row.pk)))
            assert until(waits_for_a_lock)
            Message.objects.filter(conversation=row.pk).update(text="Because.")
        erasing.result()
    assert not Conversation.objects.exists()


def test_a_growing_answer_and_an_erasure_take_the_conversation_before_its_messages() -> None:
    row = conversation(OWNER, "One?", "Yes.")
    Message.objects.filter(pk=row.leaf_id).update(status=Message.Status.GENERATING)
    first = row.messages.get(role="user").pk
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            Conversation.objects.select_for_update().get(pk=row.pk)
            saving = thread.submit(in_another_connection, lambda: save_partial(row.leaf_id, "Yes, ", "", first))
            assert until(waits_for_a_lock)
            erase(Conversation.objects.filter(pk=row.pk))
        saving.result()
    assert not Message.objects.exists()
