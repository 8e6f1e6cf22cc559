"""Clients that leave streams at any moment, or connect and are slow or silent: what a server keeps of them."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pytest

from tests.chat.transport.servers import worker
from tests.engine_processes import SOAK
from tests.server import NOISE, PATIENCE, Server, tracebacks, until

from .report import Proof

STREAMS = 1_000 if SOAK else 36
AT_ONCE = 12
CONNECTIONS = 500
OTHER_FILES = 8  # that the server opens meanwhile, such as the database of the history
PER_ADDRESS = 50  # MAX_CONNECTIONS_PER_ADDRESS is 100
BODIES = {
    "/generate": {"prompt": "a", "max_tokens": 1000, "stream": True},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "a"}], "max_tokens": 1000, "stream": True},
    "/api/chat": {"model": "default", "messages": [{"role": "user", "content": "a"}]},
}
HEAD = b"POST /generate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n"
INCOMPLETE = (b"", b"G", HEAD, HEAD + b"\r\n{")


def open_stream(server: Server, path: str, number: int) -> socket.socket:
    """Ask for a stream, from another address for each number, so that no limit of a caller refuses it."""
    content = json.dumps(BODIES[path]).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    client = socket.create_connection(("127.0.0.1", server.port), PATIENCE, (f"127.0.0.{2 + number}", 0))
    client.sendall(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
    return client


def leave(client: socket.socket, rng: random.Random) -> None:
    if rng.random() < 0.5:  # a reset instead of an end
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def moments(rng: random.Random) -> Iterator[tuple[str, float, bool]]:
    """Yield a path, the seconds until its clients leave, and whether they read before, for each round."""
    while True:
        for path in BODIES:
            yield path, rng.uniform(0, 0.01), False  # before the first byte
            yield path, 0.05, False  # between the first event and the first read
            yield path, rng.uniform(0.05, 0.5), True  # in the middle


@pytest.mark.promise(11)
def test_streams_that_are_left_at_any_moment_leave_nothing_behind(
    tmp_path: Path, fake_cli: Path, rng: random.Random, proof: Proof
) -> None:
    arguments = "--fake tokens=1000 --fake seconds-per-token=0.01"
    settings = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": arguments, "MODEL_INSTANCES": "2", "MAX_THREADS": "2"}
    with Server(tmp_path, **settings) as server, server.client() as api:
        server.wait_for_health()
        process = psutil.Process(worker(server))

        def taken() -> int:
            engine = api.get("/model_info").json()["engine"]
            return len(engine["queue"]) + sum(bool(lease["caller"]) for lease in engine["leases"])

        for path in BODIES:  # loads what the first of each needs
            open_stream(server, path, 0).close()
        assert until(lambda: not taken())
        before, memory = process.num_fds(), process.memory_info().rss
        slowest = 0.0
        for _, (path, seconds, reads) in zip(range(-(-STREAMS // AT_ONCE)), moments(rng), strict=False):
            clients = [open_stream(server, path, number) for number in range(AT_ONCE)]
            time.sleep(seconds)  # the moment of leaving
            for client in clients:
                client.setblocking(False)
                with contextlib.suppress(BlockingIOError):  # of one that is queued
                    client.recv(rng.randrange(1, 2000) if reads else 0)
                leave(client, rng)
            left = time.monotonic()
            assert until(lambda: not taken(), seconds=1 * NOISE)
            slowest = max(slowest, time.monotonic() - left)
        assert until(lambda: process.num_fds() <= before + OTHER_FILES), (before, process.num_fds())
        grown = (process.memory_info().rss - memory) / 2**20
        assert grown < 20, grown
        assert "already running" not in server.log
        assert tracebacks(server.log) == []
    proof(
        f"streams left at random moments; all places free after {slowest * 1000:.0f} ms at most, "
        f"memory + {grown:.0f} MiB, no descriptor kept",
        times=-(-STREAMS // AT_ONCE) * AT_ONCE,
    )


@pytest.mark.promise(35)
@pytest.mark.skipif(not SOAK, reason="waits half a minute for the time limits; make prove runs it")
def test_hundreds_of_slow_and_silent_connections_are_ended_and_cost_little(
    tmp_path: Path, fake_cli: Path, proof: Proof
) -> None:
    with Server(tmp_path, LLAMA_CLI=str(fake_cli)) as server, ExitStack() as stack:
        server.wait_for_health()
        process = psutil.Process(worker(server))
        httpx.get(f"{server.url}/health/live", timeout=PATIENCE)
        before, memory, logged = process.num_fds(), process.memory_info().rss, len(server.log)
        used = sum(process.cpu_times()[:2])
        clients = []
        for number in range(CONNECTIONS):
            client = stack.enter_context(socket.socket())
            client.bind((f"127.0.{1 + number // PER_ADDRESS}.1", 0))
            client.settimeout(PATIENCE)
            client.connect(("127.0.0.1", server.port))
            client.sendall(INCOMPLETE[number % len(INCOMPLETE)])
            client.setblocking(False)
            clients.append(client)
        assert until(lambda: process.num_fds() >= before + CONNECTIONS * 9 // 10)
        slowest = 0.0

        def ended() -> bool:
            nonlocal slowest
            for client in clients[1::4]:  # one byte after the other
                with contextlib.suppress(OSError):
                    client.send(b"x")
            asked = time.monotonic()
            assert httpx.get(f"{server.url}/health/live", timeout=PATIENCE).status_code == 200
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.5)  # the pace of the slow ones
            return process.num_fds() <= before + OTHER_FILES

        assert until(ended, seconds=2 * PATIENCE)
        grown = (process.memory_info().rss - memory) / 2**20
        used = sum(process.cpu_times()[:2]) - used
        logged = len(server.log) - logged
        assert grown < 40, grown
        assert logged < CONNECTIONS * 1000, logged
        assert tracebacks(server.log) == []
    proof(
        f"connections that sent nothing, a byte at a time, half a header or half a body, all ended by the server; "
        f"memory + {grown:.0f} MiB, processor {used:.1f} s, liveness within {slowest * 1000:.0f} ms",
        times=CONNECTIONS,
    )
