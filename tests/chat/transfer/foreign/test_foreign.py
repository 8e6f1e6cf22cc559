"""Exports of ChatGPT, Open WebUI and LibreChat become conversations with all their branches."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.models import Conversation, Message
from chat.transfer.foreign.archive import MAX_UNPACKED
from tests.chat.browser import Browser
from tests.chat.transfer.files import exported, file, message
from tests.chat.transfer.foreign.samples import (
    CHATGPT,
    LIBRECHAT,
    NO_PARENT,
    OPEN_WEBUI,
    archive,
    gpt,
    gpt_node,
    libre_message,
)
from tests.engine_processes import examples

pytestmark = pytest.mark.django_db

Tree = list[tuple[str, list[Any]]]


def tree(conversation: Conversation) -> Tree:
    """Return the texts of a conversation as a tree: each with those that follow it."""

    def below(parent: Message | None) -> Tree:
        rows = conversation.messages.filter(parent=parent).order_by("created_at", "id")
        return [(f"{each.text} ({each.reasoning})" if each.reasoning else each.text, below(each)) for each in rows]

    return below(None)


def shown(browser: Browser, conversation: Conversation) -> list[str]:
    page = browser.get(f"/chat/conversations/{conversation.id}/messages")
    return [each["text"] for each in page["messages"]]


def send_zip(browser: Browser, data: bytes) -> Any:
    headers = {"X-CSRFToken": browser.client.cookies["csrftoken"].value}
    return browser.client.generic("POST", "/chat/import", data, "application/zip", headers=headers)


def test_chatgpt_keeps_branches_thoughts_and_the_branch_that_was_shown(browser: Browser) -> None:
    result = browser.post("/chat/import", [CHATGPT])
    assert result == {
        "imported": 1,
        "skipped": 0,
        "product": "ChatGPT",
        "left_out": ["1 image", "1 attached file", "1 tool call"],
    }
    row = Conversation.objects.get()
    answer = ("A learned number. (Let me see.)", [("And this?", [("A picture.", [])])])
    assert tree(row) == [("What is a weight?", [("A number.", []), answer])]
    assert (row.title, row.created_at.timestamp(), row.updated_at.timestamp()) == (
        "Weights",
        1700000000.25,
        1700000100.5,
    )
    assert shown(browser, row) == ["What is a weight?", "A learned number.", "And this?", "A picture."]
    assert browser.post("/chat/import", [CHATGPT])["skipped"] == 1


def test_a_zip_of_chatgpt_is_unpacked(browser: Browser) -> None:
    others = {"chat.html": b"<html>", "user.json": {}, "file-1.png": b"\x89PNG"}
    second = CHATGPT | {"conversation_id": "another"}
    data = archive(others | {"conversations-000.json": [CHATGPT], "x/conversations-001.json": [second]})
    assert send_zip(browser, data).json()["imported"] == 2


def test_open_webui_keeps_branches_thoughts_and_its_system_prompt(browser: Browser) -> None:
    result = browser.post("/chat/import", [OPEN_WEBUI])
    assert (result["product"], result["left_out"]) == ("Open WebUI", ["1 image", "1 tool call"])
    row = Conversation.objects.get()
    assert tree(row) == [("What is a weight?", [("A number. (Let me see.\nYes.)", []), ("A learned number.", [])])]
    assert (row.system_prompt, row.pinned, row.tags) == ("Be brief.", True, ["science"])
    assert shown(browser, row)[-1] == "A number."
    assert browser.post("/chat/import", OPEN_WEBUI)["skipped"] == 1  # one conversation, exported by itself


@pytest.mark.parametrize("recursive", [True, False])
def test_librechat_is_read_as_a_tree_and_as_a_list(browser: Browser, recursive: bool) -> None:
    data = deepcopy(LIBRECHAT)
    if not recursive:
        first = data["messages"][0]
        second = first["children"][1]
        data["messages"] = [first, *first.pop("children"), *second.pop("children")]
    result = browser.post("/chat/import", data)
    assert (result["product"], result["left_out"]) == ("LibreChat", ["1 image", "1 attached file", "1 tool call"])
    row = Conversation.objects.get()
    answer = ("A learned number. (Let me see.)", [("And this?", [])])
    assert tree(row) == [("What is a weight?", [("A number.", []), answer])]
    assert row.system_prompt == "Be brief."


def test_a_long_tree_of_librechat_is_imported(browser: Browser) -> None:
    last = libre_message("q", NO_PARENT, "The last?")
    for number in range(300):
        last = libre_message(f"{'qa'[number % 2 == 0]}{number}", "", f"Text {number}", last, parentMessageId=None)
        last["children"][0]["parentMessageId"] = last["messageId"]
    last["isCreatedByUser"] = True
    assert browser.post("/chat/import", LIBRECHAT | {"messages": [last]})["imported"] == 1
    assert Message.objects.count() == 301


def test_pieces_are_joined_and_what_cannot_be_a_turn_is_counted(browser: Browser) -> None:
    data = gpt(
        gpt_node("early", None, "assistant", "Hello, ask me."),
        gpt_node("q", "early", "user", "One\0?"),
        gpt_node("q-more", "q", "user", "Two?"),
        gpt_node("a", "q-more", "assistant", "First part."),
        gpt_node("b", "a", "assistant", "Second part."),
        gpt_node("c", "a", "assistant", "Another part."),
        gpt_node("x", "y", "user", "In a circle?"),
        gpt_node("y", "x", "assistant", "Yes."),
        title=" A\nlong title" * 30,
    )
    result = browser.post("/chat/import", [data, gpt(id="e", conversation_id="e"), 5])
    assert result["imported"] == 1
    assert result["left_out"] == [
        "1 answer without a question",
        "1 conversation without messages",
        "1 conversation that could not be read",
    ]
    joined = [("First part.\n\nSecond part.", []), ("First part.\n\nAnother part.", [])]
    assert tree(Conversation.objects.get()) == [("One\ufffd?\n\nTwo?", joined)]


LOOKS_LIKE = {
    "Claude": ([{"uuid": "1", "name": "x", "chat_messages": []}], "an export of Claude"),
    "Chatbot UI": ({"version": 4, "history": [], "folders": [], "prompts": []}, "an export of Chatbot UI"),
    "messages": ([{"role": "user", "content": "x"}], "a list of messages"),
    "a PDF": (b"%PDF-1.4", "a PDF"),
    "a page": (b"  <!doctype html>", "a web page"),
    "an empty list": ([], "an empty list"),
    "numbers": ([1, 2], "JSON of another kind"),
    "a zip of something else": (archive({"a.txt": b"x"}), "a zip without a conversations.json"),
}


@pytest.mark.parametrize("case", LOOKS_LIKE)
def test_another_file_is_named_with_what_is_accepted(browser: Browser, case: str) -> None:
    body, name = LOOKS_LIKE[case]
    error = browser.refused("POST", "/chat/import", body)
    assert f"This looks like {name}" in error["fields"]["file"][0]
    assert "Accepted are exports of this page, of ChatGPT" in error["fields"]["file"][0]


def test_a_zip_cannot_exhaust_the_server(browser: Browser) -> None:
    bomb = archive({"conversations.json": b" " * (MAX_UNPACKED + 1)})
    assert len(bomb) < 200_000
    assert "when unpacked" in send_zip(browser, bomb).json()["fields"]["file"][0]
    good = archive({"conversations.json": [CHATGPT]})
    many = bytearray(good)
    many[-10:-6] = (2**31).to_bytes(4, "little")  # the size of its list of files
    for damaged in (good[:-30], good[:40] + b"\xff" * 60 + good[100:], bytes(many), b"PK\x03\x04", b"PK\x05\x06" * 9):
        assert send_zip(browser, damaged).status_code == 400
    assert not Conversation.objects.exists()


def test_a_list_that_is_cut_off_changes_nothing(browser: Browser) -> None:
    chats = [gpt(gpt_node("q", None, "user", "Why?"), conversation_id=str(number)) for number in range(600)]
    body = json.dumps(chats).encode()[:-20]
    assert "expected" in browser.refused("POST", "/chat/import", body)["fields"]["file"][0]
    assert not Conversation.objects.exists() and not Message.objects.exists()


def test_an_export_of_this_page_in_a_zip_is_imported(browser: Browser) -> None:
    data = archive({"conversations.json": file(exported(message()))})
    assert send_zip(browser, data).json() == {"imported": 1, "skipped": 0}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("q1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=examples(150))
def test_no_value_in_any_place_causes_a_server_error(data: st.DataObject) -> None:
    whole = {"": deepcopy(data.draw(st.sampled_from([[CHATGPT], [OPEN_WEBUI], LIBRECHAT])))}
    place: Any = whole
    key: Any = ""
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.integers(0, 9)):
        place = place[key]
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(ANY_JSON)
    browser = Browser()
    assert browser.send("POST", "/chat/import", whole[""]).status_code in (200, 400)
    assert browser.send("GET", "/chat/export").status_code == 200
