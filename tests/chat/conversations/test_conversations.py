"""One conversation: its title, settings, pin and deletion."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone

from chat.models import MAX_PINNED, RESTORE_WINDOW, Conversation, Message
from chat.transport import presence
from tests.chat.browser import Browser, conversation, path_of

pytestmark = pytest.mark.django_db


LIST = "/chat/conversations"


def test_a_title_is_changed_and_nothing_else(browser: Browser) -> None:
    row = conversation(browser.owner, "One?", "One.", temperature=0.5)
    answer = browser.patch(path_of(row), {"title": "  Ünï 🙂  "})
    assert (answer["title"], answer["settings"]["temperature"]) == ("Ünï 🙂", 0.5)
    assert answer["updated_at"] == row.updated_at.isoformat().replace("+00:00", "Z")
    row.refresh_from_db()
    assert (row.title, row.search_title) == ("Ünï 🙂", "ünï 🙂")


@pytest.mark.parametrize("title", ["", "   ", "x" * 121, 5, None, "two\nlines", "a\0b", ["x"]])
def test_an_invalid_title_is_refused(browser: Browser, title: Any) -> None:
    row = conversation(browser.owner)
    assert list(browser.refused("PATCH", path_of(row), {"title": title})["fields"]) == ["title"]
    assert Conversation.objects.get().title == "Untitled"


def test_only_the_given_settings_change(browser: Browser) -> None:
    row = conversation(browser.owner, temperature=0.5, seed=7)
    settings = {"temperature": None, "top_p": 1, "system_prompt": "Be brief."}
    answer = browser.patch(path_of(row), {"settings": settings, "pinned": True})
    assert answer["settings"] == settings | {"model": None, "max_tokens": None, "seed": 7, "top_p": 1.0}
    assert answer["pinned"]
    assert browser.get(path_of(row)) == answer | {"context": {"used_tokens": None, "size": 2048}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"settings": {"temperature": "0.5"}}, "settings.temperature"),
        ({"settings": {"temperature": 3}}, "settings.temperature"),
        ({"settings": {"top_p": 0}}, "settings.top_p"),
        ({"settings": {"max_tokens": True}}, "settings.max_tokens"),
        ({"settings": {"seed": -1}}, "settings.seed"),
        ({"settings": {"system_prompt": 1}}, "settings.system_prompt"),
        ({"settings": {"threads": 1}}, "settings.threads"),
        ({"settings": None}, "settings"),
        ({"pinned": "true"}, "pinned"),
        ({"leaf": None}, "leaf"),
        ({"deleted_at": None}, "deleted_at"),
        ({"user": 1}, "user"),
        ([], "non_field_errors"),
    ],
)
def test_invalid_changes_are_named(browser: Browser, body: Any, field: str) -> None:
    row = conversation(browser.owner)
    assert list(browser.refused("PATCH", path_of(row), body)["fields"]) == [field]


def test_the_number_of_pinned_conversations_is_limited(browser: Browser) -> None:
    row = [conversation(browser.owner, pinned=number > 0) for number in range(MAX_PINNED + 1)]
    error = browser.refused("PATCH", path_of(row[0]), {"pinned": True})
    assert error["fields"] == {"pinned": ["There are already 50, the limit. Remove one first."]}
    browser.patch(path_of(row[1]), {"pinned": True})  # it is pinned already
    browser.patch(path_of(row[1]), {"pinned": False})
    assert browser.patch(path_of(row[0]), {"pinned": True})["pinned"]


def test_a_deleted_conversation_is_gone_until_it_is_restored(browser: Browser) -> None:
    row = conversation(browser.owner, "One?", "One.")
    assert browser.send("DELETE", path_of(row)).status_code == 204
    for method, path, body in [
        ("GET", path_of(row), None),
        ("GET", path_of(row, "messages"), None),
        ("GET", path_of(row, "export?as=json"), None),
        ("PATCH", path_of(row), {"title": "New"}),
        ("POST", path_of(row, "branch"), {"message": str(row.leaf_id)}),
        ("DELETE", path_of(row), None),
    ]:
        assert browser.refused(method, path, body, 404)["code"] == "not_found"
    assert browser.get(LIST)["conversations"] == []
    assert browser.get(f"{LIST}?search=one")["conversations"] == []
    restored = browser.post(path_of(row, "restore"))
    assert browser.get(LIST)["conversations"] == [restored]
    assert len(browser.get(path_of(row, "messages"))["messages"]) == 2
    assert browser.post(path_of(row, "restore")) == restored  # a second time changes nothing


def test_conversations_deleted_long_ago_are_erased_with_the_next_deletion(browser: Browser) -> None:
    long_ago = timezone.now() - RESTORE_WINDOW - timedelta(minutes=1)
    gone = conversation(browser.owner, "One?", "One.", deleted_at=long_ago)
    strangers = conversation(Browser().owner, "Two?", "Two.", deleted_at=long_ago)
    young = conversation(browser.owner, "Three?", deleted_at=timezone.now() - RESTORE_WINDOW + timedelta(minutes=1))
    browser.refused("POST", path_of(gone, "restore"), status=404)
    assert browser.send("DELETE", path_of(conversation(browser.owner))).status_code == 204
    left = Conversation.objects.values_list("id", flat=True)
    assert gone.id not in left
    assert strangers.id not in left
    assert young.id in left
    assert Message.objects.count() == 1


def test_open_sockets_are_notified_of_every_change(browser: Browser, django_capture_on_commit_callbacks: Any) -> None:
    owner = browser.owner
    row = conversation(owner, "One?", "One.")

    def change(method: str, path: str, body: Any = None) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert browser.send(method, path, body).status_code in (200, 204)

    async def notifications() -> list[Any]:
        mailbox = presence.enter(owner)
        received = []
        for request in [
            ("PATCH", path_of(row), {"title": "New"}),
            ("DELETE", path_of(row)),
            ("POST", path_of(row, "restore")),
        ]:
            await sync_to_async(change)(*request)
            received.append(await asyncio.wait_for(mailbox.get(), 30))
        presence.leave(owner, mailbox)
        return received

    assert async_to_sync(notifications)() == [(row.id, message) for message in ("changed", "removed", "changed")]
