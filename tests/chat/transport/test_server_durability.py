"""Answers and turns of a real server that is killed, stopped, loaded, or loses its database."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.chat.page import Page, question
from tests.chat.transport.servers import SOAK, Start, kill, words
from tests.promises.report import Proof
from tests.server import PATIENCE, Server, tracebacks, until

ROUNDS = 100 if SOAK else 3


@pytest.mark.promise(21)
def test_acknowledged_turns_survive_a_kill_at_any_time(start: Start, tmp_path: Path, proof: Proof) -> None:
    rng = random.Random(11)
    acknowledged: set[str] = set()
    last = ""
    for _ in range(ROUNDS):
        server = start("tokens=30", "seconds-per-token=0.002")
        with Page(server) as page:
            writing = threading.Thread(target=write_until_killed, args=(page, acknowledged))
            writing.start()
            count = len(acknowledged)
            assert until(lambda: len(acknowledged) > count)  # noqa: B023 – called in this round only
            time.sleep(rng.uniform(0, 0.5))  # the moment of the kill
            kill(server)
            writing.join(PATIENCE)
        assert not writing.is_alive()
        with sqlite3.connect(tmp_path / "db.sqlite3") as database:
            saved = {key for (key,) in database.execute("SELECT id FROM chat_message")}
            (problem,) = database.execute("PRAGMA integrity_check").fetchone()
        database.close()
        assert problem == "ok"
        assert acknowledged <= saved, acknowledged - saved
        last = server.log
    assert tracebacks(last) == []
    proof("SIGKILLs of the server at random moments while the page writes", times=ROUNDS)
    proof("messages that it had acknowledged, and that were read back", times=len(acknowledged))


def write_until_killed(page: Page, acknowledged: set[str]) -> None:
    try:
        with page.socket() as socket:
            while True:
                frame = socket.request("send", **question())
                if frame["type"] == "saved":
                    acknowledged.update(message["id"].replace("-", "") for message in frame["messages"])
                else:
                    assert frame["code"] == "too_fast"
                    time.sleep(0.05)
    except (ConnectionClosed, OSError):
        pass


@pytest.mark.promise(19)
def test_a_killed_server_leaves_an_interrupted_answer_that_can_be_continued(start: Start) -> None:
    server = start("tokens=100", "seconds-per-token=0.2")  # it is still running when the server is killed
    with Page(server) as page, page.socket() as socket:
        saved = socket.request("send", **question())
        conversation, answer = saved["conversation"]["id"], saved["messages"][1]["id"]
        assert until(lambda: page.messages(conversation)[1]["text"] != "")
        assert page.messages(conversation)[1]["status"] == "generating"
        kill(server)
        cookies = page.http.cookies
    server = start("tokens=100")
    with Page(server) as page:
        page.http.cookies = cookies
        frame = page.messages(conversation)[1]
        assert frame["status"] == "interrupted"
        assert words(100).startswith(frame["text"])
        with page.socket() as socket:
            assert socket.request("watch", message=answer, offset=0)["type"] == "done"
            assert socket.until("finished")["message"]["status"] == "interrupted"
            assert socket.request("continue", message=answer)["type"] == "saved"
            whole = socket.until("finished")["message"]
    assert (whole["status"], whole["text"]) == ("complete", words(100))


@pytest.mark.parametrize("signals", [1, 2])
@pytest.mark.promise(17)
def test_a_stopping_server_saves_partial_answers_and_closes_its_sockets(start: Start, signals: int) -> None:
    server = start("tokens=600", "seconds-per-token=0.05", DRAIN_TIMEOUT="1" if signals == 1 else "60")
    with Page(server) as page:
        cookies = page.http.cookies
        with page.socket() as socket, page.socket() as second:
            saved = socket.request("send", **question())
            conversation = saved["conversation"]["id"]
            text = socket.until("text")["text"]
            begun = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            if signals == 2:
                server.wait_for_health("draining")
                server.process.send_signal(signal.SIGTERM)
            finished = socket.until("finished")["message"]
            assert finished["status"] == "interrupted"
            assert [socket.close_code(), second.close_code()] == [1012, 1012]
            assert server.process.wait(PATIENCE) == 0
            assert time.monotonic() - begun < 30
    assert tracebacks(server.log) == []
    server = start("tokens=600")
    with Page(server) as page:
        page.http.cookies = cookies
        frame = page.messages(conversation)[1]
        assert (frame["status"], frame["text"]) == ("interrupted", finished["text"])
        assert frame["text"].startswith(text)
        with page.socket() as socket:
            socket.request("continue", message=frame["id"])
            assert socket.until("finished")["message"]["text"] == words(600)


@pytest.mark.promise(22, times=100)
def test_fifty_concurrent_writers_meet_no_lock_and_keep_their_order(start: Start) -> None:
    server = start("tokens=3", STANDBY_INSTANCES="0", QUEUE_TIMEOUT=str(5 * PATIENCE))
    pages = [Page(server) for _ in range(50)]
    with ExitStack() as opened:
        for page in pages:
            opened.enter_context(page)
        written = asyncio.run(write_at_once(server, [page.cookies for page in pages], turns=2))
        for page, (conversation, asked) in zip(pages, written, strict=True):
            messages = page.messages(conversation)
            assert [message["role"] for message in messages] == ["user", "assistant"] * 2
            assert [message["id"] for message in messages[::2]] == asked
            assert {message["status"] for message in messages} == {"complete"}
    assert "locked" not in server.log
    assert tracebacks(server.log) == []


async def write_at_once(server: Server, cookies: list[str], turns: int) -> list[tuple[str, list[str]]]:
    """Write a conversation with each cookie; return its id and the ids of its questions in order."""

    async def write(cookie: str) -> tuple[str, list[str]]:
        conversation, parent, asked = str(uuid4()), None, []
        url = f"ws://127.0.0.1:{server.port}/chat/socket"
        async with connect_async(url, origin=server.url, additional_headers={"Cookie": cookie}) as socket:  # type: ignore[arg-type]
            for turn in range(turns):
                asked.append(str(uuid4()))
                frame = question(conversation=conversation, message=asked[-1], parent=parent)
                await socket.send(json.dumps({"type": "send", "request": str(turn)} | frame))
                async with asyncio.timeout(5 * PATIENCE):  # behind 49 others
                    while (frame := json.loads(await socket.recv()))["type"] != "finished":
                        assert frame["type"] != "error", frame
                parent = frame["message"]["id"]
        return conversation, asked

    return await asyncio.gather(*map(write, cookies))


@contextmanager
def database_away(data_dir: Path) -> Iterator[None]:
    """Make the database impossible to open. The chat does not reuse connections that are open."""
    path, away = data_dir / "db.sqlite3", data_dir / "away.sqlite3"
    path.rename(away)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        away.rename(path)


@pytest.mark.promise(23)
def test_an_unavailable_database_is_reported_and_needs_no_restart(start: Start, tmp_path: Path) -> None:
    server = start("tokens=60", "seconds-per-token=0.1")  # it continues for a while without the database
    with Page(server) as page, page.socket() as socket:
        running = socket.request("send", **question())["messages"][1]["id"]
        socket.until("text")
        with database_away(tmp_path):
            refused = socket.request("send", **question())
            assert (refused["type"], refused["code"]) == ("error", "database_unavailable")
            answer = page.http.get("/chat/conversations")
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            with connect(
                f"ws://127.0.0.1:{server.port}/chat/socket",
                origin=server.url,  # type: ignore[arg-type]
                additional_headers={"Cookie": page.cookies},
            ) as another:
                with pytest.raises(ConnectionClosed) as closed:
                    another.recv(PATIENCE)
                assert closed.value.rcvd
                assert closed.value.rcvd.code == 1012
            offset = 0
            while offset < len(words(60)):  # the running answer continues and is sent
                offset = socket.until("text")["offset"]
            assert until(lambda: "end of an answer could not be saved" in server.log)
        finished = socket.until("finished")["message"]
        assert (finished["id"], finished["status"], finished["text"]) == (running, "complete", words(60))
        assert socket.request("send", **question())["type"] == "saved"
        assert page.http.get("/chat/conversations").status_code == 200
