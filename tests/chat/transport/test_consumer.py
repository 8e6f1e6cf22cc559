"""The page's socket: what it answers to which frame, and whom it lets in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client

from bitnetsite.asgi import application
from chat.accounts.owners import VISITOR, Owner
from chat.database import in_database
from chat.models import Conversation, Message
from chat.transport import limits, presence
from tests.chat.browser import conversation
from tests.chat.conftest import Engine

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 60.0  # seconds
HOST = "localhost:8000"


class Socket:
    """An open socket of a page."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self._requests = 0

    async def next(self) -> dict[str, Any]:
        text = await self.communicator.receive_from(PATIENCE)
        return json.loads(text.encode())  # a server sends UTF-8, and not every text can be that

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this type, with these fields."""
        while True:
            frame = await self.next()
            if frame["type"] == kind and fields.items() <= frame.items():
                return frame

    async def say(self, kind: str, **fields: Any) -> str:
        self._requests += 1
        frame = {"type": kind, "request": str(self._requests)} | fields
        await self.communicator.send_to(text_data=json.dumps(frame, default=str))
        return frame["request"]

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Say it, and get what is answered to it."""
        request = await self.say(kind, **fields)
        while True:
            frame = await self.next()
            if frame.get("request") == request:
                return frame

    async def closed(self) -> int:
        """The code that it is closed with."""
        while True:
            message = await self.communicator.receive_output(PATIENCE)
            if message["type"] == "websocket.close":
                return message["code"]

    async def text_of(self, answer: str, offset: int = 0) -> str:
        """All text of an answer that it follows, until its end."""
        text = ""
        while True:
            frame = await self.next()
            if frame["type"] == "text" and frame["message"] == answer:
                text += frame["text"]
                assert frame["offset"] == offset + len(text)
            if frame["type"] == "finished" and frame["message"]["id"] == answer:
                return text


def session(**values: Any) -> str:
    store = SessionStore()
    store.update(values)
    store.create()
    assert store.session_key
    return store.session_key


def visitor_session() -> tuple[str, Owner]:
    visitor = uuid4()
    return session(**{VISITOR: str(visitor)}), Owner(visitor=visitor)


@asynccontextmanager
async def connected(key: str | None, origin: str | None = f"http://{HOST}", host: str = HOST) -> AsyncIterator[Socket]:
    """A socket with this session's cookie."""
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if key:
        headers.append((b"cookie", f"{django_settings.SESSION_COOKIE_NAME}={key}".encode()))
    communicator = WebsocketCommunicator(application, "/chat/socket", headers)
    try:
        accepted, _ = await communicator.connect(PATIENCE)
        assert accepted
        yield Socket(communicator)
    finally:
        await communicator.disconnect(timeout=PATIENCE)


@asynccontextmanager
async def page() -> AsyncIterator[tuple[Socket, Owner]]:
    """A visitor's socket, after its hello."""
    key, owner = await in_database(visitor_session)
    async with connected(key) as socket:
        assert (await socket.next())["type"] == "hello"
        yield socket, owner


def question(**fields: Any) -> dict[str, Any]:
    return {"conversation": uuid4(), "message": uuid4(), "parent": None, "text": "Why?"} | fields


async def test_it_says_hello_and_answers_pings(engine: Engine) -> None:
    key, _ = await in_database(visitor_session)
    async with connected(key) as socket:
        assert await socket.next() == {"type": "hello", "version": 1, "model": None, "notice": None}
        assert await socket.ask("ping") == {"type": "done", "request": "1"}


async def test_a_question_is_saved_answered_and_told_to_every_page_of_its_owner(engine: Engine) -> None:
    key, _ = await in_database(visitor_session)
    async with connected(key) as socket, connected(key) as other:
        assert (await other.next())["type"] == "hello"  # it is there before anything changes
        asked = question(settings={"seed": 3})
        saved = await socket.ask("send", **asked)
        assert saved["type"] == "saved"
        assert saved["conversation"]["id"] == str(asked["conversation"])
        assert (saved["conversation"]["title"], saved["conversation"]["answering"]) == ("Why?", True)
        first, answer = saved["messages"]
        assert (first["id"], first["text"], first["siblings"]) == (str(asked["message"]), "Why?", [first["id"]])
        assert (answer["parent"], answer["status"], answer["text"]) == (first["id"], "generating", "")
        text = await socket.text_of(answer["id"])
        assert text.endswith("Why?")
        while (changed := await other.until("changed"))["conversation"]["answering"]:
            pass
        assert changed["conversation"]["id"] == str(asked["conversation"])


async def test_the_same_question_again_is_saved_as_before_and_followed(engine: Engine) -> None:
    engine("tokens=20", "seconds-per-token=0.3")  # it is not over before the page is back
    key, _ = await in_database(visitor_session)
    asked = question()
    async with connected(key) as socket:
        saved = await socket.ask("send", **asked)
    async with connected(key) as socket:
        again = await socket.ask("send", **asked)
        assert [each["id"] for each in again["messages"]] == [each["id"] for each in saved["messages"]]
        answer = again["messages"][1]
        rest = await socket.text_of(answer["id"], len(answer["text"]))
    assert (answer["text"] + rest).split() == [f"w{number}" for number in range(20)]
    assert await Message.objects.acount() == 2


async def test_an_answer_is_made_although_nobody_follows_it(engine: Engine) -> None:
    engine("tokens=10", "seconds-per-token=0.02")
    key, _ = await in_database(visitor_session)
    async with connected(key) as socket:
        answer = (await socket.ask("send", **question()))["messages"][1]["id"]
    async with connected(key) as socket:
        assert (await socket.ask("watch", message=answer, offset=0))["type"] == "done"
        finished = await socket.until("finished")
    assert (finished["message"]["id"], finished["message"]["status"]) == (answer, "complete")
    assert finished["message"]["text"].split() == [f"w{number}" for number in range(10)]


async def test_a_finished_answer_is_told_whole_to_who_watches_it(engine: Engine) -> None:
    async with page() as (socket, owner):
        made = await in_database(conversation, owner, "One?", "Yes.")
        answer = await Message.objects.aget(conversation=made, role="assistant")
        assert (await socket.ask("watch", message=answer.pk, offset=99))["type"] == "done"
        assert (await socket.next())["message"]["text"] == "Yes."


async def test_an_offset_past_the_end_is_refused(engine: Engine) -> None:
    engine("tokens=250", "seconds-per-token=0.1")
    async with page() as (socket, _):
        answer = (await socket.ask("send", **question()))["messages"][1]["id"]
        await socket.until("text")
        refused = await socket.ask("watch", message=answer, offset=100_000)
        assert (refused["type"], refused["code"]) == ("error", "offset_past_end")
        await socket.ask("stop", message=answer)


async def test_an_answer_is_stopped_continued_and_made_anew(engine: Engine) -> None:
    engine("tokens=400", "seconds-per-token=0.05")
    async with page() as (socket, _):
        asked = question(settings={"max_tokens": 500})
        saved = await socket.ask("send", **asked)
        answer = saved["messages"][1]["id"]
        await socket.until("text")
        busy = await socket.ask("regenerate", message=asked["message"])
        assert (busy["type"], busy["code"]) == ("error", "conversation_busy")
        assert (await socket.ask("stop", message=answer))["type"] == "done"
        stopped = (await socket.until("finished"))["message"]
        assert (stopped["id"], stopped["status"]) == (answer, "stopped")
        assert (await socket.ask("stop", message=answer))["type"] == "done"  # again, for an answer to the first is lost

        again = await socket.ask("continue", message=answer)
        assert (again["messages"][0]["id"], again["messages"][0]["text"]) == (answer, stopped["text"])
        piece = await socket.until("text")
        assert piece["offset"] == len(stopped["text"]) + len(piece["text"])
        await socket.ask("stop", message=answer)
        longer = (await socket.until("finished"))["message"]
        assert longer["text"].startswith(stopped["text"])
        assert len(longer["runs"]) == 2

        other = (await socket.ask("regenerate", message=asked["message"]))["messages"]
        assert other[0]["siblings"] == [answer, other[0]["id"]]
        await socket.ask("stop", message=other[0]["id"])


async def test_an_unwatched_answer_is_not_told(engine: Engine) -> None:
    engine("tokens=400", "seconds-per-token=0.1")
    async with page() as (socket, _):
        answer = (await socket.ask("send", **question(settings={"max_tokens": 500})))["messages"][1]["id"]
        await socket.until("text")
        await socket.ask("unwatch", message=answer)
        await socket.ask("ping")
        await socket.ask("stop", message=answer)
        while (told := await socket.next())["type"] == "changed" and told["conversation"]["answering"]:
            pass
        assert told["type"] == "changed"  # that it is over, and nothing else


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "frame_unreadable"),
        ("[]", "frame_unreadable"),
        ('{"type": "shout", "request": "1"}', "frame_unknown"),
        (r'{"type": "shout", "request": "\ud800"}', "frame_unknown"),
        (r'{"type": "ping", "request": "1", "\ud800": 1}', "frame_invalid"),
        ('{"type": "watch", "request": "1", "message": "x", "offset": 0}', "frame_invalid"),
        ('"' + "x" * limits.MOST_FRAME + '"', "frame_too_large"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_socket_stays(engine: Engine, text: str, code: str) -> None:
    async with page() as (socket, _):
        await socket.communicator.send_to(text_data=text)
        frame = await socket.next()
        assert (frame["type"], frame["code"]) == ("error", code)
        assert frame["detail"]
        assert (await socket.ask("ping"))["type"] == "done"


async def test_a_binary_frame_is_answered_and_the_socket_stays(engine: Engine) -> None:
    async with page() as (socket, _):
        await socket.communicator.send_to(bytes_data=b'{"type": "ping", "request": "1"}')
        assert (await socket.next())["code"] == "frame_unreadable"
        assert (await socket.ask("ping"))["type"] == "done"


async def test_what_is_somebody_elses_is_not_found_by_any_frame(engine: Engine) -> None:
    async with page() as (socket, owner):
        theirs = await in_database(conversation, Owner(visitor=uuid4()), "One?", "Yes.")
        mine = await in_database(conversation, owner, "Mine?", "Yes.")
        asked = await Message.objects.aget(conversation=theirs, role="user")
        answer = await Message.objects.aget(conversation=theirs, role="assistant")
        refused = [
            await socket.ask("send", **question(conversation=theirs.pk)),
            await socket.ask("send", **question(conversation=theirs.pk, parent=answer.pk)),
            await socket.ask("send", **question(conversation=mine.pk, parent=answer.pk)),
            await socket.ask("send", **question(message=asked.pk)),
            await socket.ask("regenerate", message=asked.pk),
            await socket.ask("continue", message=answer.pk),
            await socket.ask("stop", message=answer.pk),
            await socket.ask("watch", message=answer.pk, offset=0),
            await socket.ask("watch", message=uuid4(), offset=0),
        ]
        assert {frame.get("code") for frame in refused} == {"not_found"}
    assert await Message.objects.acount() == 4


async def test_a_strangers_running_answer_can_be_neither_followed_nor_stopped(engine: Engine) -> None:
    engine("tokens=250", "seconds-per-token=0.1")
    async with page() as (owner, _), page() as (stranger, _):
        saved = await owner.ask("send", **question())
        asked, answer = (each["id"] for each in saved["messages"])
        await owner.until("text")
        refused = [
            await stranger.ask("watch", message=answer, offset=0),
            await stranger.ask("stop", message=answer),
            await stranger.ask("continue", message=answer),
            await stranger.ask("regenerate", message=asked),
            await stranger.ask("send", **question(conversation=saved["conversation"]["id"])),
        ]
        assert {frame.get("code") for frame in refused} == {"not_found"}
        await owner.until("text")
        await owner.ask("stop", message=answer)
        assert await stranger.communicator.receive_nothing(0.1)


async def test_a_deleted_conversation_is_told_and_its_answer_stopped(engine: Engine) -> None:
    engine("tokens=400", "seconds-per-token=0.05")
    key, _ = await in_database(visitor_session)
    client = Client(headers={"host": HOST})
    client.cookies[django_settings.SESSION_COOKIE_NAME] = key
    async with connected(key) as socket:
        saved = await socket.ask("send", **question())
        await socket.until("text")
        assert (
            await in_database(client.delete, f"/chat/conversations/{saved['conversation']['id']}")
        ).status_code == 204
        assert (await socket.until("removed"))["conversation"] == saved["conversation"]["id"]
        refused = await socket.ask("watch", message=saved["messages"][1]["id"], offset=0)
        assert refused["code"] == "not_found"


async def test_a_deletion_that_fails_stops_nothing(engine: Engine) -> None:
    engine("tokens=400", "seconds-per-token=0.05")
    key, _ = await in_database(visitor_session)
    client = Client(headers={"host": HOST}, raise_request_exception=False)
    client.cookies[django_settings.SESSION_COOKIE_NAME] = key
    async with connected(key) as socket:
        saved = await socket.ask("send", **question())
        await socket.until("text")
        await in_database(
            execute,
            "CREATE TRIGGER kept BEFORE UPDATE OF deleted_at ON chat_conversation "
            "BEGIN SELECT RAISE(ABORT, 'kept'); END",
        )
        try:
            path = f"/chat/conversations/{saved['conversation']['id']}"
            assert (await in_database(client.delete, path)).status_code == 500
        finally:
            await in_database(execute, "DROP TRIGGER kept")
        answer = saved["messages"][1]["id"]
        await socket.ask("watch", message=answer, offset=0)
        before = (await socket.until("text"))["offset"]
        assert (await socket.until("text"))["offset"] > before
        await socket.ask("stop", message=answer)


async def test_changes_over_http_are_told_after_they_are_written(engine: Engine) -> None:
    async with page() as (socket, owner):
        made = await in_database(conversation, owner, "One?", title="Before")

        def rename() -> None:
            Conversation.objects.filter(pk=made.pk).update(title="After")
            presence.tell_changed(made)

        await in_database(rename)
        assert (await socket.until("changed"))["conversation"]["title"] == "After"


async def test_more_news_than_can_be_kept_close_the_socket(engine: Engine) -> None:
    key, owner = await in_database(visitor_session)
    mailbox = presence.enter(owner)
    try:
        for _ in range(3):
            for number in range(presence.MOST_NEWS):
                mailbox.put(UUID(int=number), "changed")
        assert await mailbox.get() == (UUID(int=0), "changed")  # each once
        for number in range(presence.MOST_NEWS + 1):
            mailbox.put(UUID(int=number), "removed")
        await asyncio.sleep(0)
        assert await mailbox.get() is None
    finally:
        presence.leave(owner, mailbox)
    assert key


# Who is let in.


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "answer"),
    [
        ("http://localhost:8000", "localhost:8000", ["localhost"], True),
        ("https://chat.lan", "chat.lan", ["*"], True),
        ("http://192.168.1.5:8000", "192.168.1.5:8000", ["*"], True),
        ("http://[::1]:8000", "[::1]:8000", ["[::1]"], True),
        ("https://trusted.example", "localhost:8000", ["localhost"], True),
        (None, "localhost:8000", ["*"], False),
        ("null", "localhost:8000", ["*"], False),
        ("", "localhost:8000", ["*"], False),
        ("http://evil.example", "localhost:8000", ["*"], False),
        ("http://localhost:9000", "localhost:8000", ["*"], False),
        ("http://localhost:8000.evil.example", "localhost:8000", ["*"], False),
        ("http://other.lan", "other.lan", ["localhost"], False),
        ("http://[", "localhost:8000", ["*"], False),
        ("http://localhost:8000", "localhost:port", ["*"], False),
    ],
)
async def test_only_pages_of_this_server_open_sockets(
    settings: Any, origin: str | None, host: str, allowed: list[str], answer: bool
) -> None:
    settings.ALLOWED_HOSTS = allowed
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example"]
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin is not None else [])
    communicator = WebsocketCommunicator(application, "/chat/socket", headers)
    accepted, _ = await communicator.connect(PATIENCE)
    await communicator.disconnect(timeout=PATIENCE)
    assert accepted is answer


async def test_another_path_is_refused() -> None:
    headers = [(b"host", HOST.encode()), (b"origin", f"http://{HOST}".encode())]
    communicator = WebsocketCommunicator(application, "/chat/other", headers)
    accepted, _ = await communicator.connect(PATIENCE)
    await communicator.disconnect(timeout=PATIENCE)
    assert not accepted


@pytest.mark.parametrize("key", [None, "unknown"])
async def test_a_socket_without_a_session_is_closed_with_its_reason(engine: Engine, key: str | None) -> None:
    async with connected(key) as socket:
        assert await socket.closed() == 4401


async def test_visitors_stay_outside_where_login_is_required(engine: Engine, settings: Any) -> None:
    settings.REQUIRE_LOGIN = True
    key, _ = await in_database(visitor_session)
    async with connected(key) as socket:
        assert await socket.closed() == 4401


def sign_in() -> tuple[Client, str]:
    user = get_user_model().objects.create_user(f"user{uuid4().hex}", password="a long one")  # noqa: S106
    client = Client()
    client.force_login(user)
    return client, client.cookies[django_settings.SESSION_COOKIE_NAME].value


async def test_an_answer_in_the_making_is_the_users_once_its_visitor_signs_in(engine: Engine) -> None:
    engine("tokens=250", "seconds-per-token=0.1")
    _, users_key = await in_database(sign_in)
    user = await get_user_model().objects.aget()
    here = Client(headers={"host": HOST})
    await in_database(here.get, "/")
    visitors_key = here.cookies[django_settings.SESSION_COOKIE_NAME].value
    async with connected(users_key) as other, connected(visitors_key) as socket:
        assert (await other.next())["type"] == "hello"
        saved = await socket.ask("send", **question())
        answer = saved["messages"][1]["id"]
        await socket.until("text")
        await in_database(here.force_login, user)
        changed = (await other.until("changed"))["conversation"]
        assert (changed["id"], changed["answering"]) == (saved["conversation"]["id"], True)
        assert (await other.ask("watch", message=answer, offset=0))["type"] == "done"
        await other.until("text")
        assert (await other.ask("stop", message=answer))["type"] == "done"
        assert (await other.until("finished"))["message"]["status"] == "stopped"
        assert not (await other.until("changed"))["conversation"]["answering"]
        await socket.say("stop", message=answer)
        assert await socket.closed() == 4401


def change_password(client: Client) -> None:
    user = get_user_model().objects.get(pk=client.session["_auth_user_id"])
    user.set_password("another long one")
    user.save()


def close_account(client: Client) -> None:
    get_user_model().objects.filter(pk=client.session["_auth_user_id"]).update(is_active=False)


@pytest.mark.parametrize("end", [Client.logout, change_password, close_account])
async def test_a_socket_whose_session_has_ended_can_do_nothing_more(
    engine: Engine, end: Callable[[Client], None]
) -> None:
    client, key = await in_database(sign_in)
    async with connected(key) as socket:
        await socket.next()
        assert (await socket.ask("ping"))["type"] == "done"
        await in_database(end, client)
        await socket.say("send", **question())
        assert await socket.closed() == 4401
        await socket.say("send", **question())
    assert await Message.objects.acount() == 0


@pytest.mark.parametrize("end", [Client.logout, change_password])
async def test_a_silent_socket_whose_session_has_ended_is_closed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, end: Callable[[Client], None]
) -> None:
    """A session that is removed is told at once; another password is only seen by looking."""
    monkeypatch.setattr("chat.transport.consumer.SESSION_CHECK", 0.05 if end is change_password else 10 * PATIENCE)
    client, key = await in_database(sign_in)
    async with connected(key) as socket:
        assert (await socket.next())["type"] == "hello"
        await in_database(end, client)
        assert await socket.closed() == 4401


async def test_frames_that_come_too_fast_are_refused_and_a_flood_closes_the_socket(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FRAMES_PER_SECOND", 0.001)
    monkeypatch.setattr(limits, "MOST_REFUSED", 5)
    async with page() as (socket, _):
        for _ in range(limits.FRAMES_AT_ONCE):
            assert (await socket.ask("ping"))["type"] == "done"
        for _ in range(6):
            await socket.say("ping")
            assert (await socket.next())["code"] == "too_fast"
        assert await socket.closed() == 4429


async def test_an_owner_has_so_many_sockets_and_no_more(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_OF_OWNER", 2)
    key, _ = await in_database(visitor_session)
    async with AsyncExitStack() as sockets:
        for _ in range(2):
            socket = await sockets.enter_async_context(connected(key))
            assert (await socket.next())["type"] == "hello"
        async with connected(key) as socket:
            assert await socket.closed() == 4429
        async with page():
            pass
    async with connected(key) as socket:  # the others are gone
        assert (await socket.next())["type"] == "hello"


async def test_an_address_has_so_many_sockets_and_no_more(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_OF_ADDRESS", 1)
    async with page():
        key, _ = await in_database(visitor_session)
        async with connected(key) as socket:
            assert await socket.closed() == 4429


async def test_a_database_that_is_down_is_told_and_comes_back(engine: Engine) -> None:
    async with page() as (socket, _):
        await in_database(partial(rename, "chat_conversation", "away"))
        try:
            refused = await socket.ask("send", **question())
            assert (refused["type"], refused["code"]) == ("error", "database_unavailable")
        finally:
            await in_database(partial(rename, "away", "chat_conversation"))
        assert (await socket.ask("send", **question()))["type"] == "saved"
        await socket.until("finished")


def rename(table: str, name: str) -> None:
    execute(f"ALTER TABLE {table} RENAME TO {name}")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


async def test_a_mistake_of_the_server_is_told_and_logged(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError

    async with page() as (socket, _):
        monkeypatch.setattr("chat.conversations.turns.send", mistaken)
        frame = await socket.ask("send", **question())
        assert (frame["type"], frame["code"]) == ("error", "internal_error")
        assert (await socket.ask("ping"))["type"] == "done"
    assert "ZeroDivisionError" in caplog.text
