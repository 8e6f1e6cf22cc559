"""Temporary conversations: in no list, erased at once, and without texts in the history."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.conversations.deletion import erase_temporary
from chat.models import TEMPORARY_LIFETIME, Conversation
from inference.history.writer import history
from inference.models import GenerationRecord
from tests.chat.answers.asking import ask, ended
from tests.chat.browser import Browser, conversation, path_of
from tests.chat.conftest import Engine


@pytest.mark.django_db
def test_a_temporary_conversation_is_in_no_list_until_it_is_kept() -> None:
    browser = Browser()
    made = conversation(browser.owner, "needle", "So.", title="Secret", temporary=True, pinned=True)
    empty = {"pinned": [], "conversations": [], "next": None}
    assert browser.get("/chat/conversations") == browser.get("/chat/conversations?search=needle") == empty
    assert json.loads(browser.download("/chat/export"))["conversations"] == []
    assert len(browser.get(path_of(made, "messages"))["messages"]) == 2
    assert "keep" in str(browser.refused("PATCH", path_of(made), {"temporary": True}))
    assert browser.patch(path_of(made), {"temporary": False})["temporary"] is False
    assert len(browser.get("/chat/conversations")["pinned"]) == 1


@pytest.mark.django_db
def test_it_is_erased_at_once_or_by_the_cleaning() -> None:
    browser = Browser()
    left, stayed = (conversation(browser.owner, "Why?", temporary=True) for _ in range(2))
    assert browser.send("DELETE", path_of(left)).status_code == 204
    assert Conversation.objects.get() == stayed
    assert erase_temporary(dry_run=False) == "0 temporary chats"
    Conversation.objects.update(updated_at=timezone.now() - TEMPORARY_LIFETIME - timedelta(seconds=1))
    conversation(browser.owner, age=TEMPORARY_LIFETIME.total_seconds() * 2)  # one that is kept
    assert erase_temporary(dry_run=True) == "1 temporary chat"
    assert erase_temporary(dry_run=False) == "1 temporary chat"
    assert Conversation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
async def test_the_history_has_no_texts_of_it(engine: Engine) -> None:
    engine("echo", KEEP_CHAT_TEXTS="true")
    owner = Owner(visitor=uuid4())
    await ended(await ask(owner, "needle", temporary=True))
    await ended(await ask(owner, "kept"))
    assert history.flush(60)
    secret, kept = [each async for each in GenerationRecord.objects.order_by("at", "pk")]
    assert (secret.messages, secret.answer) == (None, None)
    assert secret.prompt_characters >= len("needle")
    assert "kept" in kept.answer
