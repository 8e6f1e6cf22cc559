"""Files that are not valid exports: each is refused completely, and none causes a server error."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.models import Conversation, Message
from chat.transfer.views import ImportView
from tests.chat.browser import Browser
from tests.chat.transfer.files import RECEIPT, exported, file, message
from tests.engine_processes import examples

pytestmark = pytest.mark.django_db

MESSAGE_FIELDS = ["id", "parent", "role", "status", "text", "created_at", "error", "runs", "window_start"]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(str(uuid4())),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(MESSAGE_FIELDS), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.promise(15, times=examples(300))
@given(st.data())
@settings(max_examples=examples(300))
def test_no_file_causes_a_server_error(data: st.DataObject) -> None:
    """A valid file with an arbitrary value in one place is imported or refused. The client raises server errors."""
    browser = Browser()
    question = message()
    answer = message("assistant", question["id"], runs=[deepcopy(RECEIPT)], error={"code": "x", "detail": ""})
    whole = {"": file(exported(question, answer, settings={"top_p": 1}))}
    place: Any = whole
    key: Any = ""
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.integers(0, 5)):
        place = place[key]
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(ANY_JSON)
    assert browser.send("POST", "/chat/import", whole[""]).status_code in (200, 400)
    assert browser.send("GET", "/chat/export").status_code == 200


@given(st.binary() | st.text(alphabet='{}[]":,\\ab1.-e \n').map(str.encode))
@pytest.mark.promise(15, times=examples(100))
def test_no_bytes_cause_a_server_error(body: bytes) -> None:
    browser = Browser()
    assert browser.send("POST", "/chat/import", body).status_code == 400


A, B, C = (str(uuid4()) for _ in range(3))


REFUSED: dict[str, tuple[Any, str]] = {
    "no JSON": (b"x", "file"),
    "nothing": (b"", "file"),
    "cut off": (json.dumps(file(exported(message()))).encode()[:-9], "file"),
    "something after the end": (json.dumps(file()).encode() + b"x", "file"),
    "a list": ([], "file"),
    "not a number": (b'{"format": "bitnet-chat", "version": NaN, "conversations": []}', "file"),
    "other bytes": (b'{"format": "\xff"}', "file"),
    "deep nesting": (b'{"conversations": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", "file"),
    "a million lists": (b'{"conversations": [[' + b"[]," * 1_000_001 + b"1]]}", "file"),
    "a text that is too large": (b'{"conversations": ["' + b"x" * 17_000_000 + b'"]}', "file"),
    "no list of conversations": (file(conversations={}), "file"),
    "another format": (file(format="chatgpt"), "format"),
    "no format": ({"version": 1, "conversations": []}, "format"),
    "no version": ({"format": "bitnet-chat", "conversations": []}, "version"),
    "a newer version": (file(version=2), "version"),
    "a version that is not a number": (file(version=True), "version"),
    "a version twice": (b'{"format": "bitnet-chat", "version": 1, "version": 1, "conversations": []}', "version"),
    "an unknown field": (file(settings={}), "settings"),
    "no object": (file(5), "conversations.0"),  # type: ignore[arg-type]
    "an unknown field within": (file(exported(), exported(user=1)), "conversations.1.user"),
    "no id": (file({**exported(), "id": "x"}), "conversations.0.id"),
    "a long title": (file(exported(title="x" * 121)), "conversations.0.title"),
    "an invalid date": (file(exported(created_at="today")), "conversations.0.created_at"),
    "a setting out of range": (file(exported(settings={"top_p": 2})), "conversations.0.settings.top_p"),
    "no message": (file(exported(5)), "conversations.0.messages.0"),  # type: ignore[arg-type]
    "an unknown role": (file(exported(message("system"))), "conversations.0.messages.0.role"),
    "an unknown status": (file(exported(message(status="x"))), "conversations.0.messages.0.status"),
    "an unfinished question": (file(exported(message(status="stopped"))), "conversations.0.messages.0"),
    "an empty question": (file(exported(message(text=" "))), "conversations.0.messages.0"),
    "a question that is too long": (file(exported(message(text="x" * 100_001))), "conversations.0.messages.0"),
    "a file without a text": (
        file(exported(message(files=[{"name": "a"}]))),
        "conversations.0.messages.0.files.0.text",
    ),
    "a file with a name of two lines": (
        file(exported(message(files=[{"name": "a\nb", "text": "x"}]))),
        "conversations.0.messages.0.files.0.name",
    ),
    "files that are too long together": (
        file(exported(message(files=[{"name": "a", "text": "x" * 60_000}] * 2))),
        "conversations.0.messages.0",
    ),
    "too many files": (
        file(exported(message(files=[{"name": "a", "text": "x"}] * 11))),
        "conversations.0.messages.0.files",
    ),
    "an answer with a file": (
        file(exported(message(id=A), message("assistant", A, files=[{"name": "a", "text": "x"}]))),
        "conversations.0.messages.1",
    ),
    "NUL": (file(exported(message(text="\0"))), "conversations.0.messages.0.text"),
    "half a character": (file(exported(message(text="\ud800"))), "conversations.0.messages.0.text"),
    "an answer to nothing": (file(exported(message("assistant"))), "conversations.0.messages.0.role"),
    "a question after a question": (
        file(exported(message(id=A), message("user", A))),
        "conversations.0.messages.1.role",
    ),
    "an unknown parent": (file(exported(message(), message("assistant", A))), "conversations.0.messages.1.parent"),
    "a message twice": (file(exported(message(id=A), message(id=A))), "conversations.0.messages"),
    "a circle": (
        file(exported(message("user", B, id=A), message("assistant", A, id=B))),
        "conversations.0.messages",
    ),
    "its own parent": (file(exported(message("user", A, id=A))), "conversations.0.messages"),
    "an unknown leaf": (file(exported(message(), leaf=A)), "conversations.0.leaf"),
    "an unknown window": (file(exported(message(window_start=A))), "conversations.0.messages.0.window_start"),
    "a window that begins with an answer": (
        file(exported(message(id=A), message("assistant", A, id=B, window_start=B))),
        "conversations.0.messages.1.window_start",
    ),
    "a message of another conversation": (file(exported(message(id=A)), exported(message(id=A))), "conversations.1"),
    "a conversation twice": (file(exported(id=C), exported(id=C)), "conversations.1"),
    "a receipt of something else": (
        file(exported(message(id=A), message("assistant", A, runs=[RECEIPT, {"html": "<script>"}]))),
        "conversations.0.messages.1.runs.1",
    ),
    "a receipt with a text for a number": (
        file(exported(message(id=A), message("assistant", A, runs=[RECEIPT | {"seed": "<script>"}]))),
        "conversations.0.messages.1.runs.0",
    ),
    "a receipt with unknown timings": (
        file(exported(message(id=A), message("assistant", A, runs=[RECEIPT | {"timings": {"x": 1}}]))),
        "conversations.0.messages.1.runs.0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_invalid_file_is_refused_completely_with_the_place_of_the_error(browser: Browser, case: str) -> None:
    body, field = REFUSED[case]
    if isinstance(body, dict) and isinstance(body["conversations"], list):
        good = [exported(message()) for _ in range(600)]  # more than one transaction saves
        body["conversations"] = [*body["conversations"], *good] if field[:5] != "conve" else body["conversations"]
    error = browser.refused("POST", "/chat/import", body)
    assert error["code"] == "invalid"
    assert next(iter(error["fields"])).startswith(field), error
    assert Conversation.objects.count() == Message.objects.count() == 0


def test_conversations_saved_before_an_error_are_removed(browser: Browser) -> None:
    good = [exported(message()) for _ in range(600)]
    error = browser.refused("POST", "/chat/import", file(*good, exported(title="")))
    assert list(error["fields"]) == ["conversations.600.title"]
    assert Conversation.objects.count() == Message.objects.count() == 0


def test_only_one_file_is_imported_at_a_time(browser: Browser) -> None:
    with ImportView.busy:
        response = browser.send("POST", "/chat/import", file())
    assert (response.status_code, response.json()["code"]) == (503, "import_busy")
    assert response["Retry-After"] == "10"
    assert browser.post("/chat/import", file()) == {"imported": 0, "skipped": 0}


def test_a_byte_order_mark_is_skipped(browser: Browser) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(file(exported())).encode()
    assert browser.post("/chat/import", body)["imported"] == 1
