"""The library of saved prompts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.models import SavedPrompt
from chat.prompts.library import MAX_TEXT
from tests.chat.browser import Browser, conversation

pytestmark = pytest.mark.django_db

PROMPTS = "/chat/prompts"
BRIEF = {"name": "Brief", "text": "Say it in {{number}} words:\n\n{{text}}"}


@pytest.fixture
def browser() -> Browser:
    return Browser()


def names(browser: Browser) -> list[str]:
    return [each["name"] for each in browser.get(PROMPTS)["prompts"]]


def test_a_prompt_is_created_changed_and_removed(browser: Browser) -> None:
    assert browser.get(PROMPTS) == {"prompts": []}
    prompt = browser.post(PROMPTS, BRIEF | {"name": " Brief "})
    assert prompt == BRIEF | {"id": prompt["id"]}
    path = f"{PROMPTS}/{prompt['id']}"
    assert browser.patch(path, {"text": "Why?"}) == prompt | {"text": "Why?"}
    browser.post(PROMPTS, {"name": "Another", "text": "How?"})
    assert names(browser) == ["Another", "Brief"]
    taken = {"name": ["There is already a prompt with this name."]}
    assert browser.refused("PATCH", path, {"name": "Another"})["fields"] == taken
    stranger = Browser()
    assert names(stranger) == []
    for method, body in (("PATCH", {"text": "Mine"}), ("DELETE", None)):
        assert stranger.refused(method, path, body, status=404)["code"] == "not_found"
    assert browser.send("DELETE", path).status_code == 204
    assert names(browser) == ["Another"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Brief"}, "text"),
        (BRIEF | {"text": " "}, "text"),
        (BRIEF | {"text": "a" * (MAX_TEXT + 1)}, "text"),
        (BRIEF | {"name": "two\nlines"}, "name"),
        (BRIEF | {"name": "a" * 61}, "name"),
        (BRIEF | {"user": 1}, "user"),
    ],
)
def test_an_invalid_prompt_is_refused(browser: Browser, body: Any, field: str) -> None:
    assert list(browser.refused("POST", PROMPTS, body)["fields"]) == [field]
    assert not SavedPrompt.objects.exists()


def test_the_number_of_prompts_is_limited(browser: Browser) -> None:
    fields = browser.owner.fields
    SavedPrompt.objects.bulk_create(SavedPrompt(name=str(n), text=str(n), **fields) for n in range(SavedPrompt.LIMIT))
    error = browser.refused("POST", PROMPTS, BRIEF)
    assert error["detail"] == "name: There are already 200, the limit. Remove one first."
    file = json.loads(browser.download("/chat/export")) | {"prompts": [BRIEF]}
    assert "There would be 201; the limit is 200." in str(browser.refused("POST", "/chat/import", file))


def test_prompts_are_exported_and_imported_with_the_conversations(browser: Browser) -> None:
    row = conversation(browser.owner, "one", "first")
    browser.post(PROMPTS, BRIEF)
    file = browser.download("/chat/export")
    assert json.loads(file)["prompts"] == [BRIEF]
    assert b"prompts" not in browser.download(f"/chat/conversations/{row.pk}/export?as=json")
    other = Browser()
    other.post(PROMPTS, BRIEF | {"text": "Be brief."})
    for added in (1, 0):
        result = other.send("POST", "/chat/import", file).json()  # type: ignore[attr-defined]
        assert result["prompts"] == added
    assert names(other) == ["Brief", "Brief (2)"]


@pytest.mark.parametrize("prompts", [{}, [1], [{"name": "a"}], [BRIEF] * (SavedPrompt.LIMIT + 1)])
def test_a_file_with_invalid_prompts_changes_nothing(browser: Browser, prompts: Any) -> None:
    conversation(browser.owner, "one")
    file = json.loads(browser.download("/chat/export")) | {"prompts": prompts}
    other = Browser()
    assert next(iter(other.refused("POST", "/chat/import", file)["fields"])).startswith("prompts")
    assert other.get("/chat/conversations")["conversations"] == []
