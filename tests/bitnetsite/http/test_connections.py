"""Connections that send half a request or nothing, too many of them, and too few descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from uvicorn import Config

from bitnetsite import worker
from bitnetsite.connections import http_protocol
from bitnetsite.connections.http_protocol import HTTPProtocol
from bitnetsite.connections.open_connections import OpenConnections
from bitnetsite.http.access_log import AccessLog
from bitnetsite.worker import LimitedServer
from tests.chat.transport.servers import worker as worker_of
from tests.server import PATIENCE, Server, tracebacks, until

HEAD = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n"
WHOLE = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
WAITING = WHOLE.replace(b"/ ", b"/wait ")
LAST = WHOLE.replace(b"host: a", b"host: a\r\nconnection: close")
ORIGIN = "https://app.example"
STRANGER = "127.0.0.2"  # an address of this machine that is no trusted proxy


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the length of the body; a request for /wait when its client has left, one for /flood until then."""
    if scope["path"] == "/flood":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.ensure_future(left(receive))
        while not gone.done():
            await send({"type": "http.response.body", "body": b"x" * 10_000, "more_body": True})
            await asyncio.sleep(0)
        return
    length, message = 0, {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        length += len(message.get("body", b""))
    if message["type"] == "http.disconnect":
        return
    if scope["path"] == "/wait":
        await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"body: %d" % length})


async def left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Listening:
    """The server's connections around the access log and `echo`, in this process."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = LimitedServer(Config(AccessLog(echo), http=HTTPProtocol, lifespan="off", log_config=None))
        self._server.server_state.open_connections = OpenConnections(most, most_of_one)  # type: ignore[attr-defined]
        self._writers: list[asyncio.StreamWriter] = []
        self._running = asyncio.create_task(self._server._serve([self._listener]))

    @property
    def open(self) -> int:
        """How many connections are open."""
        return len(self._server.server_state.connections)

    def connect_slowly(self, sent: bytes) -> socket.socket:
        """Return a connection whose client has little room for what it has not read."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(self._listener.getsockname())
        client.sendall(sent)
        return client

    async def connect(self, sent: bytes = b"", address: str = "127.0.0.1") -> asyncio.StreamReader:
        name = self._listener.getsockname()
        reader, writer = await asyncio.open_connection(*name, local_addr=(address, 0))
        writer.write(sent)
        self._writers.append(writer)
        reader.writer = writer  # type: ignore[attr-defined]
        return reader

    async def stop(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        self._server.should_exit = True
        await self._running


@pytest.fixture
async def listening(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Listening]]:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(worker, "TICK", 0.05)
    made: list[Listening] = []

    def listen(most: int = 1000, most_of_one: int = 1000) -> Listening:
        made.append(Listening(most, most_of_one))
        return made[-1]

    yield listen
    for each in made:
        await each.stop()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return everything until the server ends the connection."""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            return await reader.read()
    return b"reset"


@pytest.mark.parametrize(
    ("sent", "answer"),
    [(b"", b""), (b"GET", b"408"), (HEAD, b"408"), (HEAD + b"\r\n", b"408"), (HEAD + b"\r\nhalf", b"408")],
    ids=["nothing", "half a line", "half the headers", "no body", "half a body"],
)
@pytest.mark.promise(35)
async def test_a_silent_connection_is_ended(listening: Callable[..., Listening], sent: bytes, answer: bytes) -> None:
    server = listening()
    before = time.monotonic()
    assert (await rest(await server.connect(sent)))[9:12] == answer
    assert time.monotonic() - before > 0.25


@pytest.mark.promise(35)
async def test_one_byte_at_a_time_is_too_slow(listening: Callable[..., Listening]) -> None:
    server = listening()
    for beginning in (HEAD, HEAD + b"\r\n"):
        reader = await server.connect(beginning)
        ended = asyncio.create_task(rest(reader))
        while not ended.done():
            reader.writer.write(b"x")  # type: ignore[attr-defined]
            await asyncio.wait([ended], timeout=0.05)
        assert ended.result()[9:12] in (b"408", b"")  # the slow client may see its connection reset


async def test_a_steady_body_may_take_longer(listening: Callable[..., Listening], monkeypatch: Any) -> None:
    monkeypatch.setattr(http_protocol, "BODY_BYTES", 1000)
    reader = await listening().connect(HEAD + b"connection: close\r\n\r\n")
    for _ in range(20):
        reader.writer.write(b"x" * 5000)  # type: ignore[attr-defined]
        await asyncio.sleep(0.05)  # the pace of a slow client
    assert (await rest(reader)).count(b"body: 100000")


@pytest.mark.promise(35)
async def test_a_body_that_is_too_slow_is_refused_as_its_path_and_its_page_need_it(
    listening: Callable[..., Listening], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    caplog.set_level(logging.INFO, "access")
    head = HEAD.replace(b"/ ", b"/v1/completions ") + b"origin: https://app.example\r\n\r\nhalf"
    answer = await rest(await listening().connect(head))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "request_timeout"
    assert b"access-control-allow-origin: https://app.example" in answer.lower()
    [line] = [record for record in caplog.records if record.name == "access"]
    assert (line.fields["status"], line.fields["ended"]) == (408, "refused")  # type: ignore[attr-defined]


@pytest.mark.promise(20)
async def test_a_client_that_does_not_read_is_ended(listening: Callable[..., Listening], monkeypatch: Any) -> None:
    monkeypatch.setattr(http_protocol, "UNREAD_SECONDS", 0.5)
    server = listening()
    with server.connect_slowly(WHOLE.replace(b"/ ", b"/flood ")):
        assert await asyncio.to_thread(until, lambda: server.open == 1)
        before = time.monotonic()
        assert await asyncio.to_thread(until, lambda: server.open == 0)
    assert time.monotonic() - before > 0.4


async def test_a_client_that_reads_steadily_is_not(listening: Callable[..., Listening], monkeypatch: Any) -> None:
    monkeypatch.setattr(http_protocol, "UNREAD_SECONDS", 1.0)
    server = listening()
    with server.connect_slowly(WHOLE.replace(b"/ ", b"/flood ")) as client:
        client.setblocking(False)
        before = time.monotonic()
        while time.monotonic() - before < 2.5:
            assert await asyncio.get_running_loop().sock_recv(client, 65536)  # the buffers are never empty
            await asyncio.sleep(0.01)  # the pace of a slow client
        assert server.open == 1


async def test_a_request_in_progress_has_no_timeout(listening: Callable[..., Listening]) -> None:
    reader = await listening().connect(WAITING)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await reader.read()


async def test_the_connection_that_waits_longest_makes_room(listening: Callable[..., Listening]) -> None:
    server = listening(most=10)
    busy = [await server.connect(WAITING) for _ in range(5)]
    silent = [await server.connect(b"GET") for _ in range(20)]
    assert b"body: 0" in await rest(await server.connect(LAST))
    assert await rest(silent[0]) in (b"", b"reset")
    assert not any(reader.at_eof() for reader in busy)


@pytest.mark.promise(29)
async def test_one_address_has_a_limit_of_its_own(listening: Callable[..., Listening]) -> None:
    server = listening(most_of_one=3)
    busy = [await server.connect(WAITING, STRANGER) for _ in range(3)]
    refused = await rest(await server.connect(b"", STRANGER))
    assert refused.startswith(b"HTTP/1.1 429 ")
    assert b"too_many_connections" in refused
    others = ["127.0.0.3", *["127.0.0.1"] * 4]  # the latter is a trusted proxy
    busy += [await server.connect(WAITING, address) for address in others]
    await asyncio.sleep(0)
    assert not any(reader.at_eof() for reader in busy)


@pytest.fixture
def fast_server(tmp_path: Path, slow_engine: dict[str, str]) -> Iterator[Server]:
    limits = {"MAX_CONNECTIONS_PER_ADDRESS": "2", "MAX_QUEUE": "9", "CORS_ALLOWED_ORIGINS": ORIGIN}
    with Server(tmp_path, **limits, **slow_engine) as server:
        server.wait_for_health()
        yield server


@pytest.fixture
def slow_engine(fake_cli: Path) -> dict[str, str]:
    return {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=500 --fake seconds-per-token=0.05"}


def test_clients_behind_a_proxy_have_a_limit_each(fast_server: Server) -> None:
    def ask(client: httpx.Client, address: str) -> Any:
        headers = {"x-forwarded-for": address, "origin": ORIGIN}
        return client.stream("POST", "/generate", json={"prompt": "a", "stream": True}, headers=headers)

    with fast_server.client() as client, contextlib.ExitStack() as streams:
        answers = [
            streams.enter_context(ask(client, address))
            for address in ("198.51.100.1", "198.51.100.1", "198.51.100.1", "198.51.100.2")
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
        assert answers[2].headers["access-control-allow-origin"] == ORIGIN  # else a page sees a network error
        assert answers[2].headers["retry-after"] == "1"
        preflight = {"origin": ORIGIN, "x-forwarded-for": "198.51.100.1", "access-control-request-method": "POST"}
        assert client.options("/generate", headers=preflight).status_code == 200


@pytest.mark.promise(34)
def test_a_server_without_descriptors_pauses_and_says_so_once(fast_server: Server) -> None:
    worker = worker_of(fast_server)
    descriptors = len(list(Path(f"/proc/{worker}/fd").iterdir()))
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (descriptors + 10, descriptors + 10))
    with contextlib.ExitStack() as connections:
        silent = [
            connections.enter_context(socket.create_connection(("127.0.0.1", fast_server.port))) for _ in range(60)
        ]
        silent[0].setblocking(True)
        assert httpx.get(f"{fast_server.url}/health/live", timeout=10).status_code == 200
        before = processor_seconds(worker)
        assert until(lambda: "There is no room for more than" in fast_server.log)
        time.sleep(1)  # a second of being full
        assert processor_seconds(worker) - before < 0.7
    assert fast_server.log.count("There is no room for more than") == 1
    assert tracebacks(fast_server.log) == []


def processor_seconds(pid: int) -> float:
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
