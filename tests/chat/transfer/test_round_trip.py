"""Conversations that are exported and imported again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.models import MAX_PINNED, Conversation, Message
from tests.chat.browser import Browser, conversation, path_of
from tests.chat.transfer.files import RECEIPT, export, exported, file, message, rich, shape
from tests.engine_processes import SOAK, examples

pytestmark = pytest.mark.django_db


CONVERSATION = ["id", "title", "pinned", "tags", "created_at", "updated_at", "settings", "leaf", "messages"]


MESSAGE = ["id", "parent", "role", "status", "text", "files", "reasoning", "edited", "created_at", "error", "runs"]
MESSAGE += ["window_start"]


def test_an_export_is_imported_unchanged(browser: Browser) -> None:
    made = rich(browser)
    conversation(browser.owner, title="Empty")
    path = path_of(made, "messages")
    before, page = export(browser), browser.get(path)
    Conversation.objects.all().delete()
    assert browser.post("/chat/import", before) == {"imported": 2, "skipped": 0}
    after = export(browser)
    assert after["conversations"] == before["conversations"]
    assert browser.get(path) == page
    assert browser.post("/chat/import", before) == {"imported": 0, "skipped": 2}
    assert export(browser)["conversations"] == before["conversations"]


def test_the_file_has_the_documented_fields(browser: Browser) -> None:
    made = rich(browser)
    whole = export(browser)
    assert list(whole) == ["format", "version", "exported_at", "conversations"]
    data = whole["conversations"][0]
    assert list(data) == CONVERSATION
    assert data["leaf"] == str(made.leaf_id)
    assert list(data["messages"][0]) == MESSAGE
    one = json.loads(browser.download(path_of(made, "export?as=json")))
    assert one["conversations"] == whole["conversations"]


def test_another_owners_import_gets_new_ids(browser: Browser) -> None:
    made = rich(browser)
    other = Browser()
    assert other.post("/chat/import", export(browser)) == {"imported": 1, "skipped": 0}
    theirs, ours = export(other)["conversations"][0], export(browser)["conversations"][0]
    assert theirs["id"] != ours["id"]
    assert {each["id"] for each in theirs["messages"]}.isdisjoint(each["id"] for each in ours["messages"])
    assert shape(theirs) == shape(ours)
    assert Conversation.objects.owned_by(browser.owner).get().id == made.id


def test_ids_of_deleted_conversations_are_not_reused(browser: Browser) -> None:
    made = rich(browser)
    before = export(browser)
    browser.send("DELETE", path_of(made))
    assert browser.post("/chat/import", before) == {"imported": 1, "skipped": 0}
    assert shape(export(browser)["conversations"][0]) == shape(before["conversations"][0])
    browser.post(path_of(made, "restore"))
    assert len(export(browser)["conversations"]) == 2


def test_message_ids_of_another_conversation_are_replaced(browser: Browser) -> None:
    made = rich(browser)
    data = export(browser)["conversations"][0] | {"id": str(uuid4())}
    assert browser.post("/chat/import", file(data)) == {"imported": 1, "skipped": 0}
    assert Message.objects.filter(conversation=made).count() == 5
    assert Message.objects.count() == 10


def test_deleted_conversations_are_not_exported(browser: Browser) -> None:
    conversation(browser.owner, deleted_at=timezone.now())
    conversation(Browser().owner)
    assert export(browser)["conversations"] == []


def test_an_answer_that_was_being_generated_is_imported_as_interrupted(browser: Browser) -> None:
    question = message()
    answer = message("assistant", question["id"], status="generating")
    browser.post("/chat/import", file(exported(question, answer)))
    assert Message.objects.get(role="assistant").status == "interrupted"


def test_the_imported_leaf_is_moved_to_the_end_of_its_branch(browser: Browser) -> None:
    question = message()
    answer = message("assistant", question["id"])
    browser.post("/chat/import", file(exported(question, answer, leaf=question["id"])))
    assert str(Conversation.objects.get().leaf_id) == answer["id"]


def test_messages_may_come_in_any_order(browser: Browser) -> None:
    question = message()
    answer = message("assistant", question["id"])
    assert browser.post("/chat/import", file(exported(answer, question)))["imported"] == 1


def test_versions_of_the_same_time_keep_the_order_of_the_file(browser: Browser) -> None:
    question = message()
    answers = [message("assistant", question["id"], text=str(number)) for number in range(20)]
    data = exported(question, *answers)
    browser.post("/chat/import", file(data))
    shown = browser.get(f"/chat/conversations/{data['id']}/messages")["messages"][-1]
    assert shown["siblings"] == [each["id"] for each in answers]
    assert shown["text"] == "19"


def test_a_time_that_no_later_one_follows_is_imported(browser: Browser) -> None:
    question = message(created_at="9999-12-31T23:59:59.999999Z")
    answer = message("assistant", question["id"], created_at=question["created_at"])
    assert browser.post("/chat/import", file(exported(question, answer)))["imported"] == 1


def test_an_import_respects_the_limit_of_pinned_conversations(browser: Browser) -> None:
    conversation(browser.owner, pinned=True)
    browser.post("/chat/import", file(*(exported(pinned=True) for _ in range(MAX_PINNED + 5))))
    page = browser.get("/chat/conversations")
    assert (len(page["pinned"]), len(page["conversations"])) == (50, 6)


def test_imported_conversations_can_be_searched(browser: Browser) -> None:
    browser.post("/chat/import", file(exported(message(text="ÜBER")), exported(title="Über")))
    assert len(browser.get("/chat/conversations?search=über")["conversations"]) == 2


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)


ANY_TIME = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(datetime.isoformat)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Export files of conversations with random trees."""
    conversations = []
    for _ in range(draw(st.integers(0, 3))):
        messages: list[dict[str, Any]] = []
        for _ in range(draw(st.integers(0, 8))):
            parent = draw(st.sampled_from([None, *messages]))
            role = "assistant" if parent and parent["role"] == "user" else "user"
            made = message(role, parent and parent["id"], text=draw(TEXT), created_at=draw(ANY_TIME))
            if role == "assistant":
                made["runs"] = draw(st.lists(st.just(RECEIPT), max_size=2))
                made["status"] = draw(st.sampled_from(["complete", "length", "stopped", "failed", "interrupted"]))
            messages.append(made)
        title = draw(TEXT.map(lambda text: " ".join(text.split())[:120].strip()).filter(str.isprintable).filter(len))
        conversations.append(exported(*messages, title=title, updated_at=draw(ANY_TIME), pinned=draw(st.booleans())))
    return file(*conversations)


@given(files())
@settings(max_examples=examples(50))
def test_any_import_is_exported_unchanged(data: dict[str, Any]) -> None:
    browser = Browser()
    assert browser.post("/chat/import", data)["imported"] == len(data["conversations"])
    first = export(browser)
    Conversation.objects.all().delete()
    browser.post("/chat/import", first)
    assert export(browser)["conversations"] == first["conversations"]
    ours = {each["id"]: each for each in data["conversations"]}
    for each in first["conversations"]:
        sent = ours[each["id"]]
        assert {message["id"]: message["text"] for message in each["messages"]} == {
            message["id"]: message["text"] for message in sent["messages"]
        }
        assert (each["title"], each["pinned"]) == (sent["title"], sent["pinned"])
    Conversation.objects.all().delete()


def test_many_conversations_are_exported_and_imported_with_few_queries(
    browser: Browser, django_assert_max_num_queries: Any
) -> None:
    data = []
    count = 5_000 if SOAK else 1_000
    for _ in range(count):
        question = message(text="What is it?")
        data.append(exported(question, message("assistant", question["id"], text="It is that.", runs=[RECEIPT])))
    with django_assert_max_num_queries(count * 2 // 5):
        assert browser.post("/chat/import", file(*data)) == {"imported": count, "skipped": 0}
    with django_assert_max_num_queries(count // 10):
        assert len(export(browser)["conversations"]) == count
