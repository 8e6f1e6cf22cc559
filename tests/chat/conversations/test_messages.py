"""The messages of a conversation, in pages."""

from __future__ import annotations

from typing import Any

import pytest

from chat.models import Message
from tests.chat.browser import Browser, add, conversation, path_of

pytestmark = pytest.mark.django_db


def test_a_long_conversation_is_read_in_pages_of_sixty(browser: Browser, django_assert_num_queries: Any) -> None:
    row = conversation(browser.owner, *map(str, range(150)))
    seen, path = [], path_of(row, "messages")
    for expected, earlier in [(60, True), (60, True), (30, False)]:
        page = browser.get(path)
        assert (len(page["messages"]), page["earlier"]) == (expected, earlier)
        seen = [int(message["text"]) for message in page["messages"]] + seen
        path = path_of(row, f"messages?before={page['messages'][0]['id']}")
    assert seen == list(range(150))
    with django_assert_num_queries(4):  # session, conversation, tree, texts
        browser.get(path_of(row, "messages"))


def test_the_page_before_a_message_follows_the_branch_of_that_message(browser: Browser) -> None:
    row = conversation(browser.owner, "One?", "One.", "Two?", "Two.")
    other = add(row, row.messages.get(text="One?"), "Another one.")
    page = browser.get(path_of(row, f"messages?before={other.id}"))
    assert [message["text"] for message in page["messages"]] == ["One?"]
    stranger = conversation(browser.owner, "Three?")
    browser.refused("GET", path_of(row, f"messages?before={stranger.leaf_id}"), status=404)
    assert list(browser.refused("GET", path_of(row, "messages?before=x"))["fields"]) == ["before"]


def test_an_empty_conversation_has_no_messages(browser: Browser) -> None:
    page = browser.get(path_of(conversation(browser.owner), "messages"))
    assert (page["messages"], page["earlier"]) == ([], False)


def test_a_generating_answer_that_is_not_registered_is_interrupted(browser: Browser) -> None:
    row = conversation(browser.owner, "One?")
    answer = add(row, row.leaf, "On", status=Message.Status.GENERATING)
    row.leaf = answer
    row.save()
    page = browser.get(path_of(row, "messages"))
    assert page["messages"][1]["status"] == "interrupted"
    assert not page["conversation"]["answering"]


def test_the_used_context_is_that_of_the_latest_run_on_the_branch_that_is_shown(browser: Browser) -> None:
    row = conversation(browser.owner, "One?")
    runs = [{"prompt_tokens": 10, "generated_tokens": 5}, {"prompt_tokens": 15, "generated_tokens": 7}]
    first = add(row, row.leaf, "One.", runs=runs)
    row.leaf = add(row, first, "Two?")
    row.save()
    add(row, first, "Three?")
    assert browser.get(path_of(row))["context"] == {"used_tokens": 22, "size": 2048}
    assert browser.get(path_of(row, "messages"))["context"]["used_tokens"] == 22
    assert browser.get(path_of(row, f"messages?before={first.id}"))["context"]["used_tokens"] == 22


def test_a_failed_answer_has_its_error(browser: Browser) -> None:
    row = conversation(browser.owner, "One?")
    answer = add(row, row.leaf, "", status="failed", error_code="engine_crashed", error_detail="It died.")
    row.leaf = answer
    row.save()
    message = browser.get(path_of(row, "messages"))["messages"][1]
    assert message["error"] == {"code": "engine_crashed", "detail": "It died."}
    assert message["status"] == "failed"
