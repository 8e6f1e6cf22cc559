"""Tags: set, filtered by, found by the search, listed, exported and imported; only their owner's."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from chat.models import MAX_TAG, MAX_TAGS, Conversation
from tests.chat.browser import Browser, conversation, path_of
from tests.chat.transfer.files import export, exported, file

pytestmark = pytest.mark.django_db

LIST = "/chat/conversations"


@pytest.fixture
def browser() -> Browser:
    return Browser()


def tagged(browser: Browser, tag: str, more: str = "") -> list[str]:
    return [each["title"] for each in browser.get(f"{LIST}?tag={quote(tag)}{more}")["conversations"]]


def test_tags_are_set_changed_and_removed(browser: Browser) -> None:
    row = conversation(browser.owner, "Why?")
    assert browser.patch(path_of(row), {"tags": [" work ", "Ideas", "WORK"]})["tags"] == ["work", "Ideas"]
    assert browser.get(path_of(row))["tags"] == ["work", "Ideas"]
    browser.patch(path_of(row), {"title": "Renamed"})
    assert browser.get(path_of(row))["tags"] == ["work", "Ideas"]
    assert browser.patch(path_of(row), {"tags": []})["tags"] == []
    assert Conversation.objects.filter(tags="").count() == 1


@pytest.mark.parametrize(
    "tags", ["work", [""], ["two\nlines"], ["x" * (MAX_TAG + 1)], [1], [str(n) for n in range(MAX_TAGS + 1)], None]
)
def test_what_is_no_list_of_tags_is_refused(browser: Browser, tags: Any) -> None:
    row = conversation(browser.owner, "Why?")
    assert min(browser.refused("PATCH", path_of(row), {"tags": tags})["fields"]).startswith("tags")


def test_the_list_is_filtered_by_a_tag_and_a_text_together(browser: Browser) -> None:
    for title, tags in (("One", ["work", "50%"]), ("Two", ["homework"]), ("Three", ["work"]), ("Four", [])):
        conversation(browser.owner, f"About {title}", title=title, tags=tags)
    conversation(Browser().owner, title="Another's", tags=["work"])
    assert sorted(tagged(browser, "work")) == ["One", "Three"]
    assert tagged(browser, "50%") == ["One"]
    assert tagged(browser, "wor") == tagged(browser, "%") == []
    assert tagged(browser, "work", "&search=three") == ["Three"]


def test_the_search_finds_tags(browser: Browser) -> None:
    row = conversation(browser.owner, title="One", tags=["Größe"])
    assert [each["title"] for each in browser.get(f"{LIST}?search=GRÖSSE")["conversations"]] == ["One"]
    browser.patch(path_of(row), {"tags": ["other"]})
    assert browser.get(f"{LIST}?search=GRÖSSE")["conversations"] == []


def test_an_owners_tags_are_listed_with_their_conversations(browser: Browser) -> None:
    conversation(browser.owner, title="One", tags=["work", "Ideas"])
    conversation(browser.owner, title="Two", tags=["work"])
    conversation(browser.owner, title="Gone", tags=["gone"], deleted_at=timezone.now())
    conversation(browser.owner, title="Not kept", tags=["gone"], temporary=True)
    conversation(Browser().owner, title="Another's", tags=["secret"])
    assert browser.get("/chat/tags") == {
        "tags": [{"name": "Ideas", "conversations": 1}, {"name": "work", "conversations": 2}]
    }


def test_tags_are_exported_and_imported(browser: Browser) -> None:
    conversation(browser.owner, "Why?", "So.", title="One", tags=["work", "Ideas"])
    data = export(browser)
    assert data["conversations"][0]["tags"] == ["work", "Ideas"]
    other = Browser()
    assert other.post("/chat/import", data)["imported"] == 1
    assert tagged(other, "Ideas") == ["One"]
    assert other.post("/chat/import", file(exported(title="Before tags")))["imported"] == 1  # of an older server
    assert other.refused("POST", "/chat/import", file(exported(tags=["x" * 31])))["code"] == "invalid"
