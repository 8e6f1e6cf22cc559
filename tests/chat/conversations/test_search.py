"""Search in titles and texts, ignoring case, in any script."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from asgiref.sync import async_to_sync
from hypothesis import given
from hypothesis import strategies as st

from chat.conversations.search import SNIPPET_MARGIN, snippet
from chat.models import Conversation, Message
from tests.chat.browser import Browser, add, conversation

pytestmark = pytest.mark.django_db


def search(browser: Browser, query: str, before: str = "") -> dict[str, Any]:
    return browser.get(f"/chat/conversations?search={quote(query)}&before={before}".removesuffix("&before="))


def titles(browser: Browser, query: str) -> list[str]:
    return [each["title"] for each in search(browser, query)["conversations"]]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Über den Wolken", "über"),
        ("über den Wolken", "ÜBER"),
        ("Die Straße", "STRASSE"),
        ("strasse", "Straße"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("Привет, мир", "ПРИВЕТ"),
        ("50% of it", "50% OF"),
        ("a_b", "A_B"),
        ("back\\slash", "K\\S"),
        ("one 🙂 two", "🙂 T"),
        ("it's", "IT'S"),
    ],
)
def test_case_does_not_matter_in_titles_and_texts(browser: Browser, text: str, query: str) -> None:
    conversation(browser.owner, title=text)
    conversation(browser.owner, "Well?", text, title="By its text")
    conversation(browser.owner, "Well?", "Well.", title="Neither")
    found = {each["title"]: each.get("snippet") for each in search(browser, query)["conversations"]}
    assert found == {text: None, "By its text": text}


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", '"', "a_b", "*"])
def test_wildcards_are_literal(browser: Browser, query: str) -> None:
    conversation(browser.owner, "axb", "plain")
    assert titles(browser, query) == []


def test_the_snippet_is_the_text_around_the_match(browser: Browser) -> None:
    conversation(browser.owner, "Well?", f"{'before ' * 30}the\n\n  Needle here{' after' * 30}")
    shown = search(browser, "needle")["conversations"][0]["snippet"]
    assert "the Needle here after" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= len("needle") + 2 * SNIPPET_MARGIN + 2


def test_the_snippet_comes_from_the_newest_matching_message(browser: Browser) -> None:
    row = conversation(browser.owner, "Needle one?", "Needle two.", "Needle three?")
    add(row, row.leaf, "Nothing.")
    found = search(browser, "needle")["conversations"][0]
    assert found["snippet"] == "Needle three?"
    assert found["message"] == str(row.messages.get(text="Needle three?").pk)


def test_every_branch_is_searched(browser: Browser) -> None:
    row = conversation(browser.owner, "One?", "One.")
    add(row, None, "Needle?")
    assert titles(browser, "needle") == ["Untitled"]


def test_pinned_results_are_listed_apart(browser: Browser) -> None:
    conversation(browser.owner, "Needle?", pinned=True)
    conversation(browser.owner, "Hay?", pinned=True)
    page = search(browser, "needle")
    assert [each["snippet"] for each in page["pinned"]] == ["Needle?"]
    assert page["conversations"] == []


def test_results_come_in_pages(browser: Browser) -> None:
    for age in range(60):
        conversation(browser.owner, "Needle?", title=str(age), age=age)
        conversation(browser.owner, "Hay?", age=age)
    first = search(browser, "needle")
    rest = search(browser, "needle", first["next"])
    assert [each["title"] for each in first["conversations"]] == [str(age) for age in range(50)]
    assert [each["title"] for each in rest["conversations"]] == [str(age) for age in range(50, 60)]
    assert rest["next"] is None


def test_other_owners_rows_are_not_found(browser: Browser) -> None:
    conversation(Browser().owner, "Needle?", title="Needle")
    assert titles(browser, "needle") == []


def test_a_query_of_spaces_is_ignored(browser: Browser) -> None:
    conversation(browser.owner)
    assert titles(browser, "  ") == ["Untitled"]


def test_a_query_that_is_too_long_is_refused(browser: Browser) -> None:
    assert list(browser.refused("GET", f"/chat/conversations?search={'x' * 201}")["fields"]) == ["search"]
    assert list(browser.refused("GET", "/chat/conversations?search=%00")["fields"]) == ["search"]


def test_a_page_of_results_takes_as_many_queries_as_one_result(
    browser: Browser, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        for age in range(20):
            conversation(browser.owner, "Needle?", age=age)
        with django_assert_num_queries(4):  # session, pinned, others, their texts
            search(browser, "needle")


def test_names_and_texts_of_attached_files_are_found(browser: Browser) -> None:
    row = conversation(browser.owner, title="With a file")
    files = [
        {"name": "Zahlen.csv", "text": "a;b"},
        {"name": "notes.md", "text": f"{'x ' * 200}Die STRASSE{' y' * 200}"},
    ]
    question = add(row, None, "What is in these?", files=files)
    found = {query: search(browser, query)["conversations"] for query in ("straße", "zahlen", "in these", "missing")}
    assert [len(each) for each in found.values()] == [1, 1, 1, 0]
    assert {each[0]["message"] for each in found.values() if each} == {str(question.id)}
    assert found["straße"][0]["snippet"].startswith("notes.md: …x ")
    assert "Die STRASSE" in found["straße"][0]["snippet"]
    assert found["zahlen"][0]["snippet"] == "Zahlen.csv"
    assert found["in these"][0]["snippet"] == "What is in these?"
    assert Browser().get("/chat/conversations?search=zahlen")["conversations"] == []


WAYS = {
    "save": lambda message: (setattr(message, "text", "NEW"), message.save()),
    "save of the text alone": lambda message: (setattr(message, "text", "NEW"), message.save(update_fields=["text"])),
    "update": lambda message: Message.objects.filter(pk=message.pk).update(text="NEW"),
    "update by the conversation": lambda message: message.conversation.messages.update(text="NEW"),
    "asynchronous update": lambda message: async_to_sync(Message.objects.filter(pk=message.pk).aupdate)(text="NEW"),
    "bulk_update": lambda message: (setattr(message, "text", "NEW"), Message.objects.bulk_update([message], ["text"])),
    "update_or_create": lambda message: Message.objects.update_or_create(pk=message.pk, defaults={"text": "NEW"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_a_text_writes_its_searchable_form(browser: Browser, way: str) -> None:
    row = conversation(browser.owner, "Old")
    WAYS[way](row.messages.get())
    assert row.messages.get().search_text == "new"
    assert titles(browser, "new") == ["Untitled"]
    assert titles(browser, "old") == []


def test_rows_created_in_bulk_can_be_searched(browser: Browser) -> None:
    owner = browser.owner
    row = Conversation.objects.bulk_create([Conversation(title="ÄÖ", **owner.fields)])
    Message.objects.bulk_create([Message(conversation=row[0], role="user", text="ÜÜ")])
    assert titles(browser, "äö") == titles(browser, "üü") == ["ÄÖ"]


def test_writing_other_columns_leaves_the_text_unread(browser: Browser, django_assert_num_queries: Any) -> None:
    row = conversation(browser.owner, "Old")
    message = row.messages.defer("text").get()
    with django_assert_num_queries(1):
        message.status = "stopped"
        message.save(update_fields=["status"])
    assert row.messages.get().search_text == "old"


@given(st.text(), st.text(min_size=1), st.text())
def test_a_snippet_contains_the_match(before: str, needle: str, after: str) -> None:
    shown = snippet(before + needle + after, needle)
    assert shown is not None
    if len(needle) + len(before) + len(after) < SNIPPET_MARGIN:
        assert " ".join(needle.casefold().split()) in " ".join(shown.casefold().split())


@given(st.text(), st.text(min_size=1))
def test_there_is_no_snippet_without_a_match(text: str, query: str) -> None:
    assert (snippet(text, query) is None) == (query.casefold() not in text.casefold())
