"""The page's frames, and the replies to them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from chat.accounts.owners import Owner
from chat.database import in_database
from chat.models import Message
from chat.transport.limits import MAX_FRAME
from tests.chat.browser import conversation
from tests.chat.conftest import Engine
from tests.chat.transport.sockets import connected, page, question, refusing, rename_table, visitor_session

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_socket_says_hello_and_answers_pings(engine: Engine) -> None:
    key, _ = await in_database(visitor_session)
    async with connected(key) as socket:
        assert await socket.next() == {"type": "hello", "version": 1, "model": None, "notice": None}
        assert await socket.request("ping") == {"type": "done", "request": "1"}


async def test_a_question_is_saved_answered_and_sent_to_every_page_of_its_owner(engine: Engine) -> None:
    key, _ = await in_database(visitor_session)
    async with connected(key) as socket, connected(key) as other:
        assert (await other.next())["type"] == "hello"  # registered before anything changes
        asked = question(settings={"seed": 3})
        saved = await socket.request("send", **asked)
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


async def test_a_repeated_question_returns_the_saved_turn_and_is_followed(engine: Engine, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.touch()
    engine("tokens=20", "wait-at=10", "when=Why?", f"while={away}")  # it still runs when the page is back
    key, _ = await in_database(visitor_session)
    asked = question()
    async with connected(key) as socket:
        saved = await socket.request("send", **asked)
    async with connected(key) as socket:
        again = await socket.request("send", **asked)
        assert [each["id"] for each in again["messages"]] == [each["id"] for each in saved["messages"]]
        answer = again["messages"][1]
        away.unlink()
        rest = await socket.text_of(answer["id"], len(answer["text"]))
    assert (answer["text"] + rest).split() == [f"w{number}" for number in range(20)]
    assert await Message.objects.acount() == 2


async def test_an_answer_is_generated_without_followers(engine: Engine) -> None:
    engine("tokens=10", "seconds-per-token=0.02")
    key, _ = await in_database(visitor_session)
    async with connected(key) as socket:
        answer = (await socket.request("send", **question()))["messages"][1]["id"]
    async with connected(key) as socket:
        assert (await socket.request("watch", message=answer, offset=0))["type"] == "done"
        finished = await socket.until("finished")
    assert (finished["message"]["id"], finished["message"]["status"]) == (answer, "complete")
    assert finished["message"]["text"].split() == [f"w{number}" for number in range(10)]


async def test_watching_a_finished_answer_sends_all_of_it(engine: Engine) -> None:
    async with page() as (socket, owner):
        row = await in_database(conversation, owner, "One?", "Yes.")
        answer = await Message.objects.aget(conversation=row, role="assistant")
        assert (await socket.request("watch", message=answer.pk, offset=99))["type"] == "done"
        assert (await socket.next())["message"]["text"] == "Yes."


async def test_an_offset_past_the_end_is_refused(engine: Engine) -> None:
    engine("tokens=250", "seconds-per-token=0.1")
    async with page() as (socket, _):
        answer = (await socket.request("send", **question()))["messages"][1]["id"]
        await socket.until("text")
        refused = await socket.request("watch", message=answer, offset=100_000)
        assert (refused["type"], refused["code"]) == ("error", "offset_past_end")
        await socket.request("stop", message=answer)


async def test_an_answer_is_stopped_continued_and_regenerated(engine: Engine) -> None:
    engine("tokens=400", "seconds-per-token=0.05")
    async with page() as (socket, _):
        asked = question(settings={"max_tokens": 500})
        saved = await socket.request("send", **asked)
        answer = saved["messages"][1]["id"]
        await socket.until("text")
        busy = await socket.request("regenerate", message=asked["message"])
        assert (busy["type"], busy["code"]) == ("error", "conversation_busy")
        assert (await socket.request("stop", message=answer))["type"] == "done"
        stopped = (await socket.until("finished"))["message"]
        assert (stopped["id"], stopped["status"]) == (answer, "stopped")
        assert (await socket.request("stop", message=answer))["type"] == "done"  # a retry

        again = await socket.request("continue", message=answer)
        assert (again["messages"][0]["id"], again["messages"][0]["text"]) == (answer, stopped["text"])
        piece = await socket.until("text")
        assert piece["offset"] == len(stopped["text"]) + len(piece["text"])
        await socket.request("stop", message=answer)
        longer = (await socket.until("finished"))["message"]
        assert longer["text"].startswith(stopped["text"])
        assert len(longer["runs"]) == 2

        other = (await socket.request("regenerate", message=asked["message"]))["messages"]
        assert other[0]["siblings"] == [answer, other[0]["id"]]
        await socket.request("stop", message=other[0]["id"])


async def test_an_unwatched_answer_sends_no_frames(engine: Engine) -> None:
    engine("tokens=400", "seconds-per-token=0.1")
    async with page() as (socket, _):
        answer = (await socket.request("send", **question(settings={"max_tokens": 500})))["messages"][1]["id"]
        await socket.until("text")
        await socket.request("unwatch", message=answer)
        await socket.request("ping")
        await socket.request("stop", message=answer)
        while (frame := await socket.next())["type"] == "changed" and frame["conversation"]["answering"]:
            pass
        assert frame["type"] == "changed"  # the answer has ended, and nothing else was sent


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "frame_unreadable"),
        ("[]", "frame_unreadable"),
        ('{"type": "shout", "request": "1"}', "frame_unknown"),
        (r'{"type": "shout", "request": "\ud800"}', "frame_unknown"),
        (r'{"type": "ping", "request": "1", "\ud800": 1}', "frame_invalid"),
        ('{"type": "watch", "request": "1", "message": "x", "offset": 0}', "frame_invalid"),
        ('"' + "x" * MAX_FRAME + '"', "frame_too_large"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_socket_stays(engine: Engine, text: str, code: str) -> None:
    async with page() as (socket, _):
        await socket.communicator.send_to(text_data=text)
        frame = await socket.next()
        assert (frame["type"], frame["code"]) == ("error", code)
        assert frame["detail"]
        assert (await socket.request("ping"))["type"] == "done"


async def test_a_binary_frame_is_answered_and_the_socket_stays(engine: Engine) -> None:
    async with page() as (socket, _):
        await socket.communicator.send_to(bytes_data=b'{"type": "ping", "request": "1"}')
        assert (await socket.next())["code"] == "frame_unreadable"
        assert (await socket.request("ping"))["type"] == "done"


@pytest.mark.promise(24)
async def test_no_frame_finds_another_owners_rows(engine: Engine) -> None:
    async with page() as (socket, owner):
        theirs = await in_database(conversation, Owner(visitor=uuid4()), "One?", "Yes.")
        mine = await in_database(conversation, owner, "Mine?", "Yes.")
        asked = await Message.objects.aget(conversation=theirs, role="user")
        answer = await Message.objects.aget(conversation=theirs, role="assistant")
        refused = [
            await socket.request("send", **question(conversation=theirs.pk)),
            await socket.request("send", **question(conversation=theirs.pk, parent=answer.pk)),
            await socket.request("send", **question(conversation=mine.pk, parent=answer.pk)),
            await socket.request("send", **question(message=asked.pk)),
            await socket.request("regenerate", message=asked.pk),
            await socket.request("continue", message=answer.pk),
            await socket.request("stop", message=answer.pk),
            await socket.request("watch", message=answer.pk, offset=0),
            await socket.request("watch", message=uuid4(), offset=0),
        ]
        assert {frame.get("code") for frame in refused} == {"not_found"}
    assert await Message.objects.acount() == 4


async def test_another_owners_running_answer_can_be_neither_followed_nor_stopped(engine: Engine) -> None:
    engine("tokens=250", "seconds-per-token=0.1")
    async with page() as (owner, _), page() as (stranger, _):
        saved = await owner.request("send", **question())
        asked, answer = (each["id"] for each in saved["messages"])
        await owner.until("text")
        refused = [
            await stranger.request("watch", message=answer, offset=0),
            await stranger.request("stop", message=answer),
            await stranger.request("continue", message=answer),
            await stranger.request("regenerate", message=asked),
            await stranger.request("send", **question(conversation=saved["conversation"]["id"])),
        ]
        assert {frame.get("code") for frame in refused} == {"not_found"}
        await owner.until("text")
        await owner.request("stop", message=answer)
        assert await stranger.communicator.receive_nothing(0.1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="to PostgreSQL, a missing table is an error of the program")
async def test_an_unavailable_database_is_reported_until_it_is_back(engine: Engine) -> None:
    async with page() as (socket, _):
        await in_database(partial(rename_table, "chat_conversation", "away"))
        try:
            refused = await socket.request("send", **question())
            assert (refused["type"], refused["code"]) == ("error", "database_unavailable")
        finally:
            await in_database(partial(rename_table, "away", "chat_conversation"))
        assert (await socket.request("send", **question()))["type"] == "saved"
        await socket.until("finished")


async def test_an_unexpected_error_is_reported_and_logged(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    async with page() as (socket, _):
        async with refusing("INSERT", "chat_message", "unexpected"):
            frame = await socket.request("send", **question())
        assert (frame["type"], frame["code"]) == ("error", "internal_error")
        assert (await socket.request("ping"))["type"] == "done"
    assert "IntegrityError: unexpected" in caplog.text


async def test_the_tokens_of_a_file_are_counted_before_it_is_sent(engine: Engine) -> None:
    async with page() as (socket, _):
        short = await socket.request("count", file={"name": "a.txt", "text": "one"})
        longer = await socket.request("count", file={"name": "a.txt", "text": "one two three"})
        assert longer["type"] == "counted"
        assert longer["tokens"] == short["tokens"] + 2
        assert not await Message.objects.aexists()
