"""The list of conversations, and its pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.conversations.pages import conversation_page
from chat.models import Conversation
from tests.chat.browser import Browser, conversation

pytestmark = pytest.mark.django_db


LIST = "/chat/conversations"


def test_the_list_is_ordered_by_use_with_pinned_conversations_apart(browser: Browser) -> None:
    for age, title in enumerate(["Newest", "Pinned", "Older", "Oldest"]):
        conversation(browser.owner, title=title, age=age, pinned=title == "Pinned")
    page = browser.get(LIST)
    assert [each["title"] for each in page["conversations"]] == ["Newest", "Older", "Oldest"]
    assert [each["title"] for each in page["pinned"]] == ["Pinned"]
    assert page["next"] is None


def test_a_conversation_has_the_documented_fields(browser: Browser) -> None:
    row = conversation(browser.owner, "One?", temperature=0.5, system_prompt="")
    assert browser.get(LIST)["conversations"] == [
        {
            "id": str(row.id),
            "title": "Untitled",
            "pinned": False,
            "tags": [],
            "temporary": False,
            "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
            "updated_at": row.updated_at.isoformat().replace("+00:00", "Z"),
            "answering": False,
            "settings": {
                "model": None,
                "system_prompt": "",
                "temperature": 0.5,
                "top_p": None,
                "max_tokens": None,
                "seed": None,
            },
        }
    ]


def test_pages_have_no_gaps_or_duplicates_even_for_equal_times(browser: Browser) -> None:
    moment = timezone.now()
    for number in range(120):
        conversation(browser.owner, title=str(number), updated_at=moment - timedelta(seconds=number // 40))
    conversation(browser.owner, title="Pinned", pinned=True)
    seen, path, pages = [], LIST, 0
    while path:
        page = browser.get(path)
        assert len(page["pinned"]) == (1 if not pages else 0)
        seen += [each["title"] for each in page["conversations"]]
        pages += 1
        path = f"{LIST}?before={page['next']}" if page["next"] else ""
    assert pages == 3
    assert sorted(map(int, seen)) == list(range(120))
    assert [int(title) // 40 for title in seen] == sorted(int(title) // 40 for title in seen)


def test_a_new_conversation_does_not_shift_the_pages(browser: Browser) -> None:
    for age in range(60):
        conversation(browser.owner, title=str(age), age=age)
    first = browser.get(LIST)
    conversation(browser.owner, title="New")
    rest = browser.get(f"{LIST}?before={first['next']}")["conversations"]
    assert [each["title"] for each in rest] == [str(age) for age in range(50, 60)]


@pytest.mark.parametrize("cursor", ["x", "MjAyNg==", "%00", "🙂", "bm8gY3Vyc29y", "MjAyNi0wMS0wMSB4"])
def test_an_invalid_cursor_is_refused(browser: Browser, cursor: str) -> None:
    assert list(browser.refused("GET", f"{LIST}?before={cursor}")["fields"]) == ["before"]


def test_unknown_parameters_are_named(browser: Browser) -> None:
    assert list(browser.refused("GET", f"{LIST}?limit=1000")["fields"]) == ["limit"]


def queries_of_first_page(owner: Owner) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        conversation_page(owner)
    return [query["sql"] for query in queries]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan that it reads is SQLite's")
@pytest.mark.parametrize("signed_in", [False, True])
def test_a_page_of_five_thousand_conversations_is_read_by_index(signed_in: bool, django_user_model: Any) -> None:
    browser = Browser(django_user_model.objects.create(username="ada") if signed_in else None)
    owner, stranger = browser.owner, Browser().owner
    for age in range(5):
        conversation(owner, age=age, pinned=age == 0)
        conversation(stranger, age=age)
    few = queries_of_first_page(owner)
    moment = timezone.now()
    Conversation.objects.bulk_create(
        Conversation(title=str(age), updated_at=moment - timedelta(minutes=age), **owner.fields) for age in range(5_000)
    )
    many = queries_of_first_page(owner)
    assert len(few) == len(many) == 2
    page = conversation_page(owner)
    following = conversation_page(owner, before=page["next"])
    assert (len(page["conversations"]), len(following["conversations"])) == (50, 50)
    index = "conversation_of_user" if signed_in else "conversation_of_visitor"
    with CaptureQueriesContext(connection) as queries:
        conversation_page(owner, before=page["next"])
    for sql in [*many, *(query["sql"] for query in queries)]:
        plan = explain(sql)
        assert f"USING INDEX {index}" in plan, plan
        assert "pinned=?" in plan
    assert "updated_at<?" in plan  # of the second page: it starts in the middle of the index


def explain(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
