"""Sockets of a real server: reconnects, slow readers, who may open one."""

from __future__ import annotations

import random
import signal
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from string import ascii_letters
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.chat.page import Page, Socket, question
from tests.chat.transport.servers import MANY, SOAK, Start, memory, serving, words, worker
from tests.server import NOISE, PATIENCE, Server, tracebacks, until

CUTS = 300 if SOAK else 25


@pytest.mark.promise(19, times=CUTS)
def test_a_socket_that_is_cut_anywhere_resumes_at_its_offset(shared_server: Server) -> None:
    rng = random.Random(7)
    with Page(shared_server) as page:
        with page.socket() as first:
            answer = first.request("send", **question())["messages"][1]["id"]
            first.cut()
        text, cuts, finished, running = "", 0, None, True
        while not finished:
            with page.socket() as socket:
                socket.send("watch", message=answer, offset=len(text))
                if cuts == CUTS:
                    socket.send("stop", message=answer)
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
    assert text == finished["text"] if running else finished["text"].startswith(text)  # between two sockets
    assert text
    assert words(MANY).startswith(finished["text"])


def test_two_pages_receive_the_same_answer(shared_server: Server) -> None:
    with Page(shared_server) as page, page.socket() as one, page.socket() as two:
        answer = one.request("send", **question(settings={"max_tokens": 60}))["messages"][1]["id"]
        two.until("changed")
        two.send("watch", message=answer, offset=0)
        texts = []
        for socket in (one, two):
            text = ""
            while (frame := socket.next())["type"] != "finished":
                text += frame.get("text", "")
            texts.append(text)
    assert texts == [words(60), words(60)]


@pytest.mark.promise(11)
def test_an_answer_continues_without_a_page_and_stopping_it_frees_its_place(shared_server: Server) -> None:
    with Page(shared_server) as page:
        with page.socket() as socket:
            answer = socket.request("send", **question())["messages"][1]["id"]
            socket.until("text")
            socket.cut()
        with page.socket() as socket:
            socket.send("watch", message=answer, offset=0)
            far = socket.until("text")["offset"]
            assert until(lambda: socket.until("text")["offset"] > far)
            begun = time.monotonic()
            assert socket.request("stop", message=answer)["type"] == "done"
            assert until(lambda: not serving(shared_server), seconds=1 * NOISE)
            stopped = socket.until("finished")["message"]
            assert time.monotonic() - begun < 10
    assert stopped["status"] == "stopped"
    assert words(MANY).startswith(stopped["text"])


@pytest.mark.serial
@pytest.mark.promise(20)
def test_sockets_that_do_not_read_take_little_memory_and_delay_no_other(start: Start) -> None:
    """Each requests a long answer from its start, many times, and reads nothing."""
    server = start("echo")
    long = " ".join(letter * 900 for letter in ascii_letters * 2)[:93_000]
    with Page(server) as page, ExitStack() as slow_ones, page.socket() as quick:
        asked = quick.request("send", **question(text=long))
        answer = asked["messages"][1]["id"]
        whole = quick.until("finished")["message"]["text"]
        assert len(whole) > 90_000
        before, usual = memory(worker(server)), seconds_of_a_turn(quick)
        for _ in range(15):
            slow = slow_ones.enter_context(page.socket(receive_buffer=2048))
            slow_ones.callback(slow.cut)
            for _ in range(30):
                slow.send("watch", message=answer, offset=0)
        # Once the buffers are full they take no time; other load on this machine may.
        assert until(lambda: seconds_of_a_turn(quick) < 3 * usual + 1)
        grown = memory(worker(server)) - before
        assert grown < 30, grown  # MiB; they requested 40
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - begun < 30  # nor do they delay the shutdown: gunicorn would wait 40 s


def seconds_of_a_turn(socket: Socket) -> float:
    begun = time.monotonic()
    for _ in range(10):
        assert socket.request("ping")["type"] == "done"
    socket.request("send", **question(text="Quick?"))
    assert socket.until("finished")["message"]["text"].strip() == "Quick?"
    return time.monotonic() - begun


@pytest.mark.promise(25)
def test_only_sessions_of_this_server_open_sockets_until_they_end(shared_server: Server) -> None:
    url = f"ws://127.0.0.1:{shared_server.port}/chat/socket"
    with Page(shared_server) as page:
        for origin in (None, "http://evil.example", "null"):
            with (
                pytest.raises(InvalidStatus) as refused,
                connect(url, origin=origin, additional_headers={"Cookie": page.cookies}),  # type: ignore[arg-type]
            ):
                pass
            assert refused.value.response.status_code == 403
        with connect(url, origin=shared_server.url) as anonymous, pytest.raises(ConnectionClosed) as closed:  # type: ignore[arg-type]
            anonymous.recv(PATIENCE)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 4401

        password = f"a long one {uuid4().hex}"
        page.form("/accounts/sign-up", username="ada", password=password)
        with page.socket() as socket:
            assert socket.request("ping")["type"] == "done"
            page.form("/accounts/sign-out")
            with suppress(ConnectionClosed):  # unless the server closed it first
                socket.send("send", **question())
            assert socket.close_code() == 4401

        page.http.get("/")  # as a visitor again
        with page.socket() as socket:
            socket.connection.send("x" * 2**20)
            assert socket.next()["code"] == "frame_unreadable"
            socket.connection.send("x" * (2**20 + 1))
            assert socket.next()["code"] == "frame_too_large"
            with suppress(ConnectionClosed):  # while the frame is being sent
                socket.connection.send("x" * (2**21 + 1))
            assert socket.close_code() in (1009, None)  # None: unread data turned the close into a reset
    assert tracebacks(shared_server.log) == []


class DevelopmentServer(Server):
    """`manage.py runserver`, which is daphne. Its engine starts with the first request."""

    @property
    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]


def test_the_development_server_serves_sockets(tmp_path: Path, fake_cli: Path) -> None:
    with DevelopmentServer(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=20") as server:
        server.wait_for_health("loading")
        with Page(server) as page, page.socket() as socket:
            socket.request("send", **question())
            assert socket.until("finished")["message"]["text"] == words(20)
