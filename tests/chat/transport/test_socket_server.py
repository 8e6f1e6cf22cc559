"""Promises about sockets, kept by a real server: reloads, slow readers, deaths, drains, many writers at once."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from string import ascii_letters
from uuid import uuid4

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.chat.page import Page, Socket, question
from tests.server import PATIENCE, Server, until

SOAK = bool(os.environ.get("SOAK"))
CUTS = 300 if SOAK else 25
MANY = 1900  # words: nearly all of the context
Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path, fake_cli: Path) -> Iterator[Start]:
    """Starts a server on this test's data, with switches of the fake llama-cli; it is ended with the test."""
    with ExitStack() as servers:

        def started(*switches: str, **settings: str) -> Server:
            arguments = " ".join(f"--fake {switch}" for switch in switches)
            server = Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments, **settings)
            servers.enter_context(server)
            server.wait_for_health()
            return server

        yield started


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """One server for the tests that leave it as it was. Its answers take a minute, if nobody stops them."""
    switches = f"--fake tokens={MANY} --fake seconds-per-token=0.03"
    with Server(tmp_path_factory.mktemp("steady"), LLAMA_CLI=str(fake_cli), LLAMA_ARGS=switches) as server:
        server.wait_for_health()
        yield server


def words(count: int) -> str:
    """What the fake says with `tokens=count`, which counts."""
    return " ".join(f"w{number}" for number in range(count))


def worker(server: Server) -> int:
    """The process that serves; gunicorn is its parent."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return int(children[0])


def kill(server: Server) -> None:
    """SIGKILL, with no time for anything."""
    pid = worker(server)
    os.kill(pid, signal.SIGKILL)
    server.process.kill()
    server.process.wait()


def memory(pid: int) -> float:
    """MiB of a process in memory."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def serving(server: Server) -> bool:
    """Whether any process of the engine answers."""
    with server.client() as client:
        processes = client.get("/model_info").json()["pool"]["processes"]
    return any(process["role"] == "serving" for process in processes)


def test_a_cut_connection_goes_on_at_its_offset_at_any_point(steady: Server) -> None:
    rng = random.Random(7)
    with Page(steady) as page:
        with page.socket() as first:
            answer = first.ask("send", **question())["messages"][1]["id"]
            first.cut()
        text, cuts, finished, running = "", 0, None, True
        while not finished:
            with page.socket() as socket:
                socket.say("watch", message=answer, offset=len(text))
                if cuts == CUTS:
                    socket.say("stop", message=answer)
                running = False
                for _ in range(MANY if cuts == CUTS else rng.randrange(12)):
                    frame = socket.next()
                    running = running or frame["type"] == "started"
                    if frame["type"] == "text":
                        text += frame["text"]
                        assert frame["offset"] == len(text)
                    if frame["type"] == "finished":
                        finished = frame["message"]
                        break
                socket.cut()
            cuts += 1
    assert text == finished["text"] if running else finished["text"].startswith(text)  # it may end between two sockets
    assert text
    assert words(MANY).startswith(finished["text"])


def test_two_pages_see_the_same_answer(steady: Server) -> None:
    with Page(steady) as page, page.socket() as one, page.socket() as two:
        answer = one.ask("send", **question(settings={"max_tokens": 60}))["messages"][1]["id"]
        two.until("changed")
        two.say("watch", message=answer, offset=0)
        texts = []
        for socket in (one, two):
            text = ""
            while (frame := socket.next())["type"] != "finished":
                text += frame.get("text", "")
            texts.append(text)
    assert texts == [words(60), words(60)]


def test_an_answer_goes_on_without_a_page_and_stop_frees_its_place(steady: Server) -> None:
    with Page(steady) as page:
        with page.socket() as socket:
            answer = socket.ask("send", **question())["messages"][1]["id"]
            socket.until("text")
            socket.cut()
        with page.socket() as socket:
            socket.say("watch", message=answer, offset=0)
            far = socket.until("text")["offset"]
            assert until(lambda: socket.until("text")["offset"] > far)
            begun = time.monotonic()
            assert socket.ask("stop", message=answer)["type"] == "done"
            assert until(lambda: not serving(steady), seconds=5)  # the promise is 1 s; a busy machine gets some more
            stopped = socket.until("finished")["message"]
            assert time.monotonic() - begun < 10
    assert stopped["status"] == "stopped"
    assert words(MANY).startswith(stopped["text"])


def test_readers_that_do_not_read_cost_little_and_delay_nobody(start: Start) -> None:
    """Each asks for a long answer from its beginning, over and over, and takes nothing of it."""
    server = start("echo")
    long = " ".join(letter * 900 for letter in ascii_letters * 2)[:93_000]
    with Page(server) as page, ExitStack() as slow_ones, page.socket() as quick:
        asked = quick.ask("send", **question(text=long))
        answer = asked["messages"][1]["id"]
        whole = quick.until("finished")["message"]["text"]
        assert len(whole) > 90_000
        before, usual = memory(worker(server)), seconds_of_a_turn(quick)
        for _ in range(15):
            slow = slow_ones.enter_context(page.socket(receive_buffer=2048))
            slow_ones.callback(slow.cut)
            for _ in range(30):
                slow.say("watch", message=answer, offset=0)
        # Once all that can be sent was sent, they take no time; others on this machine may.
        assert until(lambda: seconds_of_a_turn(quick) < 3 * usual + 1)
        grown = memory(worker(server)) - before
        assert grown < 30, grown  # MiB; all that was asked for is 40
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - begun < 30  # they do not hold the server's end up either: gunicorn would wait 40 s


def seconds_of_a_turn(socket: Socket) -> float:
    begun = time.monotonic()
    for _ in range(10):
        assert socket.ask("ping")["type"] == "done"
    socket.ask("send", **question(text="Quick?"))
    assert socket.until("finished")["message"]["text"].strip() == "Quick?"
    return time.monotonic() - begun


@pytest.mark.parametrize("rounds", [100 if SOAK else 3])
def test_what_was_said_to_be_saved_is_saved_whenever_the_server_dies(start: Start, tmp_path: Path, rounds: int) -> None:
    rng = random.Random(11)
    acknowledged: set[str] = set()
    last = ""
    for _ in range(rounds):
        server = start("tokens=30", "seconds-per-token=0.002")
        with Page(server) as page:
            writing = threading.Thread(target=write_until_it_dies, args=(page, acknowledged))
            writing.start()
            count = len(acknowledged)
            assert until(lambda: len(acknowledged) > count)  # noqa: B023 – it is over before the next round
            time.sleep(rng.uniform(0, 0.5))  # the moment of its death
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
    assert "Traceback" not in last


def write_until_it_dies(page: Page, acknowledged: set[str]) -> None:
    try:
        with page.socket() as socket:
            while True:
                frame = socket.ask("send", **question())
                if frame["type"] == "saved":
                    acknowledged.update(message["id"].replace("-", "") for message in frame["messages"])
                else:
                    assert frame["code"] == "too_fast"
                    time.sleep(0.05)
    except (ConnectionClosed, OSError):
        pass


def test_a_death_of_the_server_leaves_an_interrupted_answer_that_goes_on(start: Start) -> None:
    server = start("tokens=100", "seconds-per-token=0.2")  # it is not over when it is looked at
    with Page(server) as page, page.socket() as socket:
        saved = socket.ask("send", **question())
        conversation, answer = saved["conversation"]["id"], saved["messages"][1]["id"]
        assert until(lambda: page.messages(conversation)[1]["text"] != "")
        assert page.messages(conversation)[1]["status"] == "generating"
        kill(server)
        cookies = page.http.cookies
    server = start("tokens=100")
    with Page(server) as page:
        page.http.cookies = cookies
        told = page.messages(conversation)[1]
        assert told["status"] == "interrupted"
        assert words(100).startswith(told["text"])
        with page.socket() as socket:
            assert socket.ask("watch", message=answer, offset=0)["type"] == "done"
            assert socket.until("finished")["message"]["status"] == "interrupted"
            assert socket.ask("continue", message=answer)["type"] == "saved"
            whole = socket.until("finished")["message"]
    assert (whole["status"], whole["text"]) == ("complete", words(100))


@pytest.mark.parametrize("signals", [1, 2])
def test_a_server_that_stops_saves_what_there_is_and_closes_its_sockets(start: Start, signals: int) -> None:
    server = start("tokens=600", "seconds-per-token=0.05", DRAIN_TIMEOUT="1" if signals == 1 else "60")
    with Page(server) as page:
        cookies = page.http.cookies
        with page.socket() as socket, page.socket() as second:
            saved = socket.ask("send", **question())
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
    assert "Traceback" not in server.log
    server = start("tokens=600")
    with Page(server) as page:
        page.http.cookies = cookies
        told = page.messages(conversation)[1]
        assert (told["status"], told["text"]) == ("interrupted", finished["text"])
        assert told["text"].startswith(text)
        with page.socket() as socket:
            socket.ask("continue", message=told["id"])
            assert socket.until("finished")["message"]["text"] == words(600)


def test_fifty_writers_at_once_find_no_lock_and_keep_their_order(start: Start) -> None:
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
    assert "Traceback" not in server.log


async def write_at_once(server: Server, cookies: list[str], turns: int) -> list[tuple[str, list[str]]]:
    """Each writes a conversation of so many turns; its id, and its questions' ids in order."""

    async def write(cookie: str) -> tuple[str, list[str]]:
        conversation, parent, asked = str(uuid4()), None, []
        url = f"ws://127.0.0.1:{server.port}/chat/socket"
        async with connect_async(url, origin=server.url, additional_headers={"Cookie": cookie}) as socket:  # type: ignore[arg-type]
            for turn in range(turns):
                asked.append(str(uuid4()))
                frame = question(conversation=conversation, message=asked[-1], parent=parent)
                await socket.send(json.dumps({"type": "send", "request": str(turn)} | frame))
                async with asyncio.timeout(5 * PATIENCE):  # it waits for 49 others
                    while (told := json.loads(await socket.recv()))["type"] != "finished":
                        assert told["type"] != "error", told
                parent = told["message"]["id"]
        return conversation, asked

    return await asyncio.gather(*map(write, cookies))


@contextmanager
def database_away(data_dir: Path) -> Iterator[None]:
    """Nobody can open the database meanwhile; a connection that is open is none that the chat would use again."""
    place, away = data_dir / "db.sqlite3", data_dir / "away.sqlite3"
    place.rename(away)
    place.mkdir()
    try:
        yield
    finally:
        place.rmdir()
        away.rename(place)


def test_a_database_that_is_down_is_told_and_nothing_needs_a_restart(start: Start, tmp_path: Path) -> None:
    server = start("tokens=60", "seconds-per-token=0.1")  # it goes on for a while after the database is gone
    with Page(server) as page, page.socket() as socket:
        running = socket.ask("send", **question())["messages"][1]["id"]
        socket.until("text")
        with database_away(tmp_path):
            refused = socket.ask("send", **question())
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
            while offset < len(words(60)):  # what runs goes on, and its followers have it
                offset = socket.until("text")["offset"]
            assert until(lambda: "end of an answer could not be saved" in server.log)
        finished = socket.until("finished")["message"]
        assert (finished["id"], finished["status"], finished["text"]) == (running, "complete", words(60))
        assert socket.ask("send", **question())["type"] == "saved"
        assert page.http.get("/chat/conversations").status_code == 200


def test_who_may_open_a_socket_and_for_how_long(steady: Server) -> None:
    url = f"ws://127.0.0.1:{steady.port}/chat/socket"
    with Page(steady) as page:
        for origin in (None, "http://evil.example", "null"):
            with (
                pytest.raises(InvalidStatus) as refused,
                connect(url, origin=origin, additional_headers={"Cookie": page.cookies}),  # type: ignore[arg-type]
            ):
                pass
            assert refused.value.response.status_code == 403
        with connect(url, origin=steady.url) as nobody, pytest.raises(ConnectionClosed) as closed:  # type: ignore[arg-type]
            nobody.recv(PATIENCE)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 4401

        password = f"a long one {uuid4().hex}"
        page.form("/accounts/sign-up", username="ada", password=password)
        with page.socket() as socket:
            assert socket.ask("ping")["type"] == "done"
            page.form("/accounts/sign-out")
            with suppress(ConnectionClosed):  # the server may have been quicker
                socket.say("send", **question())
            assert socket.close_code() == 4401

        page.http.get("/")  # as a visitor again
        with page.socket() as socket:
            socket.connection.send("x" * 2**20)
            assert socket.next()["code"] == "frame_unreadable"
            socket.connection.send("x" * (2**20 + 1))
            assert socket.next()["code"] == "frame_too_large"
            with suppress(ConnectionClosed):  # while it was still being sent
                socket.connection.send("x" * (2**21 + 1))
            assert socket.close_code() in (1009, None)  # None: what was still on its way made it a reset
    assert "Traceback" not in steady.log


class DevelopmentServer(Server):
    """`manage.py runserver`, which is daphne; its engine starts with the first request."""

    @property
    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]


def test_the_development_server_serves_sockets_too(tmp_path: Path, fake_cli: Path) -> None:
    with DevelopmentServer(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=20") as server:
        server.wait_for_health("loading")
        with Page(server) as page, page.socket() as socket:
            socket.ask("send", **question())
            assert socket.until("finished")["message"]["text"] == words(20)
