"""The list of conversations, and what can be done to one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.conversations.pages import conversation_page
from chat.models import MAX_PINNED, RESTORE_WINDOW, Conversation, Message
from chat.transport import presence
from tests.chat.browser import Browser, add, conversation, path_of

pytestmark = pytest.mark.django_db

LIST = "/chat/conversations"


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_the_list_is_ordered_by_use_with_the_pinned_ones_apart(browser: Browser) -> None:
    for age, title in enumerate(["Newest", "Pinned", "Older", "Oldest"]):
        conversation(browser.owner, title=title, age=age, pinned=title == "Pinned")
    page = browser.get(LIST)
    assert [each["title"] for each in page["conversations"]] == ["Newest", "Older", "Oldest"]
    assert [each["title"] for each in page["pinned"]] == ["Pinned"]
    assert page["next"] is None


def test_a_conversation_is_told_with_all_that_the_page_needs(browser: Browser) -> None:
    made = conversation(browser.owner, "One?", temperature=0.5, system_prompt="")
    assert browser.get(LIST)["conversations"] == [
        {
            "id": str(made.id),
            "title": "Untitled",
            "pinned": False,
            "created_at": made.created_at.isoformat().replace("+00:00", "Z"),
            "updated_at": made.updated_at.isoformat().replace("+00:00", "Z"),
            "answering": False,
            "settings": {"system_prompt": "", "temperature": 0.5, "top_p": None, "max_tokens": None, "seed": None},
        }
    ]


def test_pages_follow_each_other_without_gap_or_double_also_within_one_moment(browser: Browser) -> None:
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
def test_a_cursor_of_nowhere_is_refused(browser: Browser, cursor: str) -> None:
    assert list(browser.refused("GET", f"{LIST}?before={cursor}")["fields"]) == ["before"]


def test_unknown_parameters_are_named(browser: Browser) -> None:
    assert list(browser.refused("GET", f"{LIST}?limit=1000")["fields"]) == ["limit"]


def queries_of_first_page(owner: Owner) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        conversation_page(owner)
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("signed_in", [False, True])
def test_five_thousand_conversations_open_like_five(signed_in: bool, django_user_model: Any) -> None:
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
    assert "updated_at<?" in plan  # of the page after the first one: it begins in the middle of the index


def explain(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_a_title_is_changed_and_nothing_else(browser: Browser) -> None:
    made = conversation(browser.owner, "One?", "One.", temperature=0.5)
    answer = browser.patch(path_of(made), {"title": "  Ünï 🙂  "})
    assert (answer["title"], answer["settings"]["temperature"]) == ("Ünï 🙂", 0.5)
    assert answer["updated_at"] == made.updated_at.isoformat().replace("+00:00", "Z")
    made.refresh_from_db()
    assert (made.title, made.search_title) == ("Ünï 🙂", "ünï 🙂")


@pytest.mark.parametrize("title", ["", "   ", "x" * 121, 5, None, "two\nlines", "a\0b", ["x"]])
def test_a_title_that_cannot_be_is_refused(browser: Browser, title: Any) -> None:
    made = conversation(browser.owner)
    assert list(browser.refused("PATCH", path_of(made), {"title": title})["fields"]) == ["title"]
    assert Conversation.objects.get().title == "Untitled"


def test_only_the_given_settings_change(browser: Browser) -> None:
    made = conversation(browser.owner, temperature=0.5, seed=7)
    settings = {"temperature": None, "top_p": 1, "system_prompt": "Be brief."}
    answer = browser.patch(path_of(made), {"settings": settings, "pinned": True})
    assert answer["settings"] == settings | {"max_tokens": None, "seed": 7, "top_p": 1.0}
    assert answer["pinned"]
    assert browser.get(path_of(made)) == answer | {"context": {"used_tokens": None, "size": 2048}}


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
def test_what_cannot_be_changed_is_named(browser: Browser, body: Any, field: str) -> None:
    made = conversation(browser.owner)
    assert list(browser.refused("PATCH", path_of(made), body)["fields"]) == [field]


def test_only_so_many_are_pinned(browser: Browser) -> None:
    made = [conversation(browser.owner, pinned=number > 0) for number in range(MAX_PINNED + 1)]
    error = browser.refused("PATCH", path_of(made[0]), {"pinned": True})
    assert error["fields"] == {"pinned": ["There are already 50, the limit. Remove one first."]}
    browser.patch(path_of(made[1]), {"pinned": True})  # it is pinned already
    browser.patch(path_of(made[1]), {"pinned": False})
    assert browser.patch(path_of(made[0]), {"pinned": True})["pinned"]


def test_a_deleted_conversation_is_gone_until_it_is_restored(browser: Browser) -> None:
    made = conversation(browser.owner, "One?", "One.")
    assert browser.send("DELETE", path_of(made)).status_code == 204
    for method, path, body in [
        ("GET", path_of(made), None),
        ("GET", path_of(made, "messages"), None),
        ("GET", path_of(made, "export?as=json"), None),
        ("PATCH", path_of(made), {"title": "New"}),
        ("POST", path_of(made, "branch"), {"message": str(made.leaf_id)}),
        ("DELETE", path_of(made), None),
    ]:
        assert browser.refused(method, path, body, 404)["code"] == "not_found"
    assert browser.get(LIST)["conversations"] == []
    assert browser.get(f"{LIST}?search=one")["conversations"] == []
    restored = browser.post(path_of(made, "restore"))
    assert browser.get(LIST)["conversations"] == [restored]
    assert len(browser.get(path_of(made, "messages"))["messages"]) == 2
    assert browser.post(path_of(made, "restore")) == restored  # once more changes nothing


def test_what_was_deleted_long_ago_is_erased_with_the_next_deletion(browser: Browser) -> None:
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


def test_open_sockets_learn_of_every_change(browser: Browser, django_capture_on_commit_callbacks: Any) -> None:
    owner = browser.owner
    made = conversation(owner, "One?", "One.")

    def change(method: str, path: str, body: Any = None) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert browser.send(method, path, body).status_code in (200, 204)

    async def news() -> list[Any]:
        mailbox = presence.enter(owner)
        heard = []
        for request in [
            ("PATCH", path_of(made), {"title": "New"}),
            ("DELETE", path_of(made)),
            ("POST", path_of(made, "restore")),
        ]:
            await sync_to_async(change)(*request)
            heard.append(await asyncio.wait_for(mailbox.get(), 30))
        presence.leave(owner, mailbox)
        return heard

    assert async_to_sync(news)() == [(made.id, told) for told in ("changed", "removed", "changed")]


def test_a_long_conversation_comes_in_pages_of_sixty(browser: Browser, django_assert_num_queries: Any) -> None:
    made = conversation(browser.owner, *map(str, range(150)))
    seen, path = [], path_of(made, "messages")
    for expected, earlier in [(60, True), (60, True), (30, False)]:
        page = browser.get(path)
        assert (len(page["messages"]), page["earlier"]) == (expected, earlier)
        seen = [int(message["text"]) for message in page["messages"]] + seen
        path = path_of(made, f"messages?before={page['messages'][0]['id']}")
    assert seen == list(range(150))
    with django_assert_num_queries(4):  # session, conversation, tree, texts
        browser.get(path_of(made, "messages"))


def test_the_page_before_a_message_is_of_the_branch_of_that_message(browser: Browser) -> None:
    made = conversation(browser.owner, "One?", "One.", "Two?", "Two.")
    other = add(made, made.messages.get(text="One?"), "Another one.")
    page = browser.get(path_of(made, f"messages?before={other.id}"))
    assert [message["text"] for message in page["messages"]] == ["One?"]
    stranger = conversation(browser.owner, "Three?")
    browser.refused("GET", path_of(made, f"messages?before={stranger.leaf_id}"), status=404)
    assert list(browser.refused("GET", path_of(made, "messages?before=x"))["fields"]) == ["before"]


def test_an_empty_conversation_has_no_messages(browser: Browser) -> None:
    page = browser.get(path_of(conversation(browser.owner), "messages"))
    assert (page["messages"], page["earlier"]) == ([], False)


def test_an_answer_that_nobody_makes_any_more_was_interrupted(browser: Browser) -> None:
    made = conversation(browser.owner, "One?")
    answer = add(made, made.leaf, "On", status=Message.Status.GENERATING)
    made.leaf = answer
    made.save()
    page = browser.get(path_of(made, "messages"))
    assert page["messages"][1]["status"] == "interrupted"
    assert not page["conversation"]["answering"]


def test_the_context_in_use_is_that_of_the_last_run_on_the_branch_shown(browser: Browser) -> None:
    made = conversation(browser.owner, "One?")
    runs = [{"prompt_tokens": 10, "generated_tokens": 5}, {"prompt_tokens": 15, "generated_tokens": 7}]
    first = add(made, made.leaf, "One.", runs=runs)
    made.leaf = add(made, first, "Two?")
    made.save()
    add(made, first, "Three?")
    assert browser.get(path_of(made))["context"] == {"used_tokens": 22, "size": 2048}
    assert browser.get(path_of(made, "messages"))["context"]["used_tokens"] == 22
    assert browser.get(path_of(made, f"messages?before={first.id}"))["context"]["used_tokens"] == 22


def test_what_failed_is_told_with_its_message(browser: Browser) -> None:
    made = conversation(browser.owner, "One?")
    answer = add(made, made.leaf, "", status="failed", error_code="engine_crashed", error_detail="It died.")
    made.leaf = answer
    made.save()
    told = browser.get(path_of(made, "messages"))["messages"][1]
    assert told["error"] == {"code": "engine_crashed", "detail": "It died."}
    assert told["status"] == "failed"
