"""Conversations as files: out, in, and out again."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.models import MAX_PINNED, Conversation, Message
from chat.transfer import views
from tests.chat.browser import Browser, add, conversation, path_of

pytestmark = pytest.mark.django_db

RECEIPT = {
    "at": "2026-11-23T06:00:00Z",
    "model": "BitNet Demo",
    "finish_reason": "stop",
    "seed": 7,
    "temperature": 0.7,
    "top_p": 0.9,
    "max_tokens": 256,
    "context_size": 2048,
    "threads": None,
    "prompt_tokens": 20,
    "reused_tokens": 0,
    "generated_tokens": 5,
    "timings": {"queue": 0.0, "prompt": 0.1, "first_token": 0.02, "decode": 1},
}
CONVERSATION = ["id", "title", "pinned", "created_at", "updated_at", "settings", "leaf", "messages"]
MESSAGE = ["id", "parent", "role", "status", "text", "created_at", "error", "runs", "window_start"]


@pytest.fixture
def browser() -> Browser:
    return Browser()


def export(browser: Browser) -> dict[str, Any]:
    return json.loads(browser.download("/chat/export"))


def file(*conversations: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {"format": "bitnet-chat", "version": 1, "conversations": list(conversations)} | head


def exported(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A conversation as in a file."""
    moment = "2026-11-23T06:00:00Z"
    made = {"id": str(uuid4()), "title": "Untitled", "pinned": False, "created_at": moment, "updated_at": moment}
    return made | {"settings": {}, "leaf": None, "messages": list(messages)} | fields


def said(role: str = "user", parent: str | None = None, **fields: Any) -> dict[str, Any]:
    """A message as in a file."""
    made = {"id": str(uuid4()), "parent": parent, "role": role, "status": "complete", "text": "Text"}
    return made | {"created_at": "2026-11-23T06:00:00Z"} | fields


def rich(browser: Browser) -> Conversation:
    """A conversation with everything that one can have."""
    made = conversation(browser.owner, "One?", title="Ünï 🙂", pinned=True, temperature=0.0, system_prompt="", seed=7)
    question = made.messages.get()
    first = add(made, question, "One\r\n```py\nprint()\n```", status="length", runs=[RECEIPT, RECEIPT | {"seed": None}])
    add(made, question, "", status="failed", error_code="engine_crashed", error_detail="It died.")
    second = add(made, first, "Two?\u2028 \x01")
    made.leaf = add(made, second, "Two.", status="stopped", window_start=second)
    made.save()
    return made


def test_what_was_exported_comes_back_as_it_was(browser: Browser) -> None:
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


def test_the_file_is_the_documented_one(browser: Browser) -> None:
    made = rich(browser)
    whole = export(browser)
    assert list(whole) == ["format", "version", "exported_at", "conversations"]
    told = whole["conversations"][0]
    assert list(told) == CONVERSATION
    assert told["leaf"] == str(made.leaf_id)
    assert list(told["messages"][0]) == MESSAGE
    one = json.loads(browser.download(path_of(made, "export?as=json")))
    assert one["conversations"] == whole["conversations"]


def test_another_owner_gets_ids_of_their_own(browser: Browser) -> None:
    made = rich(browser)
    other = Browser()
    assert other.post("/chat/import", export(browser)) == {"imported": 1, "skipped": 0}
    theirs, ours = export(other)["conversations"][0], export(browser)["conversations"][0]
    assert theirs["id"] != ours["id"]
    assert {each["id"] for each in theirs["messages"]}.isdisjoint(each["id"] for each in ours["messages"])
    assert shape(theirs) == shape(ours)
    assert Conversation.objects.owned_by(browser.owner).get().id == made.id


def shape(told: dict[str, Any]) -> Any:
    """A conversation with places instead of ids."""
    places = {each["id"]: at for at, each in enumerate(told["messages"])} | {None: None}
    messages = [
        each | {name: places[each[name]] for name in ("id", "parent", "window_start")} for each in told["messages"]
    ]
    return told | {"id": None, "leaf": places[told["leaf"]], "messages": messages}


def test_ids_of_deleted_conversations_are_not_free(browser: Browser) -> None:
    made = rich(browser)
    before = export(browser)
    browser.send("DELETE", path_of(made))
    assert browser.post("/chat/import", before) == {"imported": 1, "skipped": 0}
    assert shape(export(browser)["conversations"][0]) == shape(before["conversations"][0])
    browser.post(path_of(made, "restore"))
    assert len(export(browser)["conversations"]) == 2


def test_message_ids_of_another_conversation_are_replaced(browser: Browser) -> None:
    made = rich(browser)
    told = export(browser)["conversations"][0] | {"id": str(uuid4())}
    assert browser.post("/chat/import", file(told)) == {"imported": 1, "skipped": 0}
    assert Message.objects.filter(conversation=made).count() == 5
    assert Message.objects.count() == 10


def test_deleted_conversations_are_not_exported(browser: Browser) -> None:
    conversation(browser.owner, deleted_at=timezone.now())
    conversation(Browser().owner)
    assert export(browser)["conversations"] == []


def test_an_answer_that_was_being_made_is_interrupted(browser: Browser) -> None:
    question = said()
    answer = said("assistant", question["id"], status="generating")
    browser.post("/chat/import", file(exported(question, answer)))
    assert Message.objects.get(role="assistant").status == "interrupted"


def test_the_branch_shown_ends_where_it_ends(browser: Browser) -> None:
    question = said()
    answer = said("assistant", question["id"])
    browser.post("/chat/import", file(exported(question, answer, leaf=question["id"])))
    assert str(Conversation.objects.get().leaf_id) == answer["id"]


def test_messages_may_come_in_any_order(browser: Browser) -> None:
    question = said()
    answer = said("assistant", question["id"])
    assert browser.post("/chat/import", file(exported(answer, question)))["imported"] == 1


def test_no_more_are_pinned_than_may_be(browser: Browser) -> None:
    conversation(browser.owner, pinned=True)
    browser.post("/chat/import", file(*(exported(pinned=True) for _ in range(MAX_PINNED + 5))))
    page = browser.get("/chat/conversations")
    assert (len(page["pinned"]), len(page["conversations"])) == (50, 6)


def test_what_was_imported_can_be_searched(browser: Browser) -> None:
    browser.post("/chat/import", file(exported(said(text="ÜBER")), exported(title="Über")))
    assert len(browser.get("/chat/conversations?search=über")["conversations"]) == 2


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)
ANY_TIME = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(datetime.isoformat)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Files of conversations with random trees."""
    conversations = []
    for _ in range(draw(st.integers(0, 3))):
        messages: list[dict[str, Any]] = []
        for _ in range(draw(st.integers(0, 8))):
            parent = draw(st.sampled_from([None, *messages]))
            role = "assistant" if parent and parent["role"] == "user" else "user"
            made = said(role, parent and parent["id"], text=draw(TEXT), created_at=draw(ANY_TIME))
            if role == "assistant":
                made["runs"] = draw(st.lists(st.just(RECEIPT), max_size=2))
                made["status"] = draw(st.sampled_from(["complete", "length", "stopped", "failed", "interrupted"]))
            messages.append(made)
        title = draw(TEXT.map(lambda text: " ".join(text.split())[:120].strip()).filter(str.isprintable).filter(len))
        conversations.append(exported(*messages, title=title, updated_at=draw(ANY_TIME), pinned=draw(st.booleans())))
    return file(*conversations)


@given(files())
@settings(max_examples=50)
def test_whatever_was_imported_is_exported_the_same(told: dict[str, Any]) -> None:
    browser = Browser()
    assert browser.post("/chat/import", told)["imported"] == len(told["conversations"])
    first = export(browser)
    Conversation.objects.all().delete()
    browser.post("/chat/import", first)
    assert export(browser)["conversations"] == first["conversations"]
    ours = {each["id"]: each for each in told["conversations"]}
    for each in first["conversations"]:
        sent = ours[each["id"]]
        assert {message["id"]: message["text"] for message in each["messages"]} == {
            message["id"]: message["text"] for message in sent["messages"]
        }
        assert (each["title"], each["pinned"]) == (sent["title"], sent["pinned"])
    Conversation.objects.all().delete()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(str(uuid4())),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(MESSAGE), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.data())
@settings(max_examples=300)
def test_no_file_is_a_mistake_of_the_server(data: st.DataObject) -> None:
    """A good file with anything in one place is taken or refused; an error within would be raised here."""
    browser = Browser()
    question = said()
    answer = said("assistant", question["id"], runs=[deepcopy(RECEIPT)], error={"code": "x", "detail": ""})
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
def test_no_bytes_are_a_mistake_of_the_server(body: bytes) -> None:
    browser = Browser()
    assert browser.send("POST", "/chat/import", body).status_code == 400


A, B, C = (str(uuid4()) for _ in range(3))
REFUSED: dict[str, tuple[Any, str]] = {
    "no JSON": (b"x", "file"),
    "nothing": (b"", "file"),
    "cut off": (json.dumps(file(exported(said()))).encode()[:-9], "file"),
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
    "a version that is none": (file(version=True), "version"),
    "a version twice": (b'{"format": "bitnet-chat", "version": 1, "version": 1, "conversations": []}', "version"),
    "an unknown field": (file(settings={}), "settings"),
    "no object": (file(5), "conversations.0"),  # type: ignore[arg-type]
    "an unknown field within": (file(exported(), exported(user=1)), "conversations.1.user"),
    "no id": (file({**exported(), "id": "x"}), "conversations.0.id"),
    "a long title": (file(exported(title="x" * 121)), "conversations.0.title"),
    "a date that is none": (file(exported(created_at="today")), "conversations.0.created_at"),
    "a setting out of range": (file(exported(settings={"top_p": 2})), "conversations.0.settings.top_p"),
    "no message": (file(exported(5)), "conversations.0.messages.0"),  # type: ignore[arg-type]
    "an unknown role": (file(exported(said("system"))), "conversations.0.messages.0.role"),
    "an unknown status": (file(exported(said(status="x"))), "conversations.0.messages.0.status"),
    "an unfinished question": (file(exported(said(status="stopped"))), "conversations.0.messages.0"),
    "an empty question": (file(exported(said(text=" "))), "conversations.0.messages.0"),
    "a question that is too long": (file(exported(said(text="x" * 100_001))), "conversations.0.messages.0"),
    "NUL": (file(exported(said(text="\0"))), "conversations.0.messages.0.text"),
    "half a character": (file(exported(said(text="\ud800"))), "conversations.0.messages.0.text"),
    "an answer to nothing": (file(exported(said("assistant"))), "conversations.0.messages.0.role"),
    "a question after a question": (
        file(exported(said(id=A), said("user", A))),
        "conversations.0.messages.1.role",
    ),
    "an unknown parent": (file(exported(said(), said("assistant", A))), "conversations.0.messages.1.parent"),
    "a message twice": (file(exported(said(id=A), said(id=A))), "conversations.0.messages"),
    "a circle": (
        file(exported(said("user", B, id=A), said("assistant", A, id=B))),
        "conversations.0.messages",
    ),
    "its own parent": (file(exported(said("user", A, id=A))), "conversations.0.messages"),
    "an unknown leaf": (file(exported(said(), leaf=A)), "conversations.0.leaf"),
    "an unknown window": (file(exported(said(window_start=A))), "conversations.0.messages.0.window_start"),
    "a window that begins with an answer": (
        file(exported(said(id=A), said("assistant", A, id=B, window_start=B))),
        "conversations.0.messages.1.window_start",
    ),
    "a message of another conversation": (file(exported(said(id=A)), exported(said(id=A))), "conversations.1"),
    "a conversation twice": (file(exported(id=C), exported(id=C)), "conversations.1"),
    "a receipt of something else": (
        file(exported(said(id=A), said("assistant", A, runs=[RECEIPT, {"html": "<script>"}]))),
        "conversations.0.messages.1.runs.1",
    ),
    "a receipt with a text for a number": (
        file(exported(said(id=A), said("assistant", A, runs=[RECEIPT | {"seed": "<script>"}]))),
        "conversations.0.messages.1.runs.0",
    ),
    "a receipt with unknown timings": (
        file(exported(said(id=A), said("assistant", A, runs=[RECEIPT | {"timings": {"x": 1}}]))),
        "conversations.0.messages.1.runs.0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_refused_whole_and_told_what_is_wrong_where(browser: Browser, case: str) -> None:
    body, field = REFUSED[case]
    if isinstance(body, dict) and isinstance(body["conversations"], list):
        good = [exported(said()) for _ in range(600)]  # more than are saved at a time
        body["conversations"] = [*body["conversations"], *good] if field[:5] != "conve" else body["conversations"]
    error = browser.refused("POST", "/chat/import", body)
    assert error["code"] == "invalid"
    assert next(iter(error["fields"])).startswith(field), error
    assert Conversation.objects.count() == Message.objects.count() == 0


def test_what_was_saved_before_the_mistake_was_met_is_taken_back(browser: Browser) -> None:
    good = [exported(said()) for _ in range(600)]
    error = browser.refused("POST", "/chat/import", file(*good, exported(title="")))
    assert list(error["fields"]) == ["conversations.600.title"]
    assert Conversation.objects.count() == Message.objects.count() == 0


def test_only_one_file_is_imported_at_a_time(browser: Browser) -> None:
    with views._importing:
        response = browser.send("POST", "/chat/import", file())
    assert (response.status_code, response.json()["code"]) == (503, "import_busy")
    assert response["Retry-After"] == "10"
    assert browser.post("/chat/import", file()) == {"imported": 0, "skipped": 0}


def test_a_byte_order_mark_is_passed_over(browser: Browser) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(file(exported())).encode()
    assert browser.post("/chat/import", body)["imported"] == 1


def test_many_conversations_are_exported_and_imported_with_few_queries(
    browser: Browser, django_assert_max_num_queries: Any
) -> None:
    told = []
    for _ in range(5_000):
        question = said(text="What is it?")
        told.append(exported(question, said("assistant", question["id"], text="It is that.", runs=[RECEIPT])))
    with django_assert_max_num_queries(2_000):
        assert browser.post("/chat/import", file(*told)) == {"imported": 5_000, "skipped": 0}
    with django_assert_max_num_queries(500):
        assert len(export(browser)["conversations"]) == 5_000


def test_markdown_is_the_branch_shown(browser: Browser) -> None:
    made = conversation(browser.owner, "How?", title="A *title*", system_prompt="Be brief.")
    made.created_at = datetime(2026, 11, 3, 6, 5, tzinfo=UTC)
    question = made.messages.get()
    add(made, question, "Not shown.")
    cut = add(made, question, "So:\n\n```py\nprint()\n# Not a heading", status="length")
    made.leaf = add(made, cut, "Go on.\n~~~\n```\n~~~")
    made.save()
    assert browser.download(path_of(made, "export?as=markdown")).decode() == (
        "# A *title*\n\n3 November 2026, 06:05 UTC\n"
        "\n## System prompt\n\nBe brief.\n"
        "\n## Question\n\nHow?\n"
        "\n## Answer\n\nSo:\n\n```py\nprint()\n# Not a heading\n```\n"
        "\n## Question\n\nGo on.\n~~~\n```\n~~~\n"
    )


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("What is it?", 'filename="What-is-it.json"'),
        ("../../etc/passwd", 'filename="etc-passwd.json"'),
        ('a"; filename="b.exe', 'filename="a-filename-b-exe.json"'),
        ("Über 🙂", "filename*=utf-8''%C3%9Cber.json"),
        ("🙂", 'filename="conversation.json"'),
        (".hidden", 'filename="hidden.json"'),
        ("a\u202etxt.exe", 'filename="a-txt-exe.json"'),
        ("x" * 120, f'filename="{"x" * 80}.json"'),
    ],
)
def test_a_file_is_named_after_the_title_whatever_it_is(browser: Browser, title: str, name: str) -> None:
    made = conversation(browser.owner, title=title)
    response = browser.send("GET", path_of(made, "export?as=json"))
    assert response["Content-Disposition"] == f"attachment; {name}"
    assert response["Content-Type"] == "application/json"


def test_the_form_of_an_export_must_be_known(browser: Browser) -> None:
    made = conversation(browser.owner)
    assert list(browser.refused("GET", path_of(made, "export?as=html"))["fields"]) == ["as"]
    assert list(browser.refused("GET", path_of(made, "export"))["fields"]) == ["as"]
