"""More than the server can take: requests, sockets, descriptors, hostile prompts, a full disk."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.chat.page import Page, question
from tests.chat.transport.servers import memory, worker
from tests.engine_processes import SOAK
from tests.server import PATIENCE, Server, tracebacks, until

from .hostile import hostile_prompts
from .report import Proof

REQUESTS = 10_000 if SOAK else 200
SOCKETS = 1_000 if SOAK else 60
PROMPTS = 500 if SOAK else 40
LONG_BODY = b'{"prompt": "a", "max_tokens": 1000}'
LONG_REQUEST = (
    b"POST /generate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(LONG_BODY), LONG_BODY)
)
PER_VISITOR, PER_ADDRESS = 20, 50  # chat/transport/limits.py


@pytest.mark.promise(12)
def test_a_full_queue_refuses_every_request(tmp_path: Path, fake_cli: Path, proof: Proof) -> None:
    settings = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=1000 --fake seconds-per-token=1"}
    settings |= {"MAX_QUEUE": "2", "MAX_REQUESTS_PER_CALLER": "20", "DRAIN_TIMEOUT": "1"}
    wrong: list[httpx.Response] = []
    seconds: list[float] = []

    def ask(server: Server) -> None:
        with server.client() as client:
            for _ in range(REQUESTS // 10):
                begun = time.perf_counter()
                response = client.post("/generate", json={"prompt": "a"})
                seconds.append(time.perf_counter() - begun)
                if response.status_code != 503 or int(response.headers["Retry-After"]) < 1:
                    wrong.append(response)

    with Server(tmp_path, **settings) as server, ExitStack() as waiting:
        server.wait_for_health()
        with server.client() as api:
            for number in range(3):  # one of each caller, so that none has to make room for another
                source = (f"127.0.0.{2 + number}", 0)
                client = socket.create_connection(("127.0.0.1", server.port), source_address=source)
                waiting.enter_context(client).sendall(LONG_REQUEST)
            assert until(lambda: len(api.get("/model_info").json()["engine"]["queue"]) == 2)
            threads = [threading.Thread(target=ask, args=(server,)) for _ in range(10)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20 * PATIENCE)
            assert api.get("/health/live").status_code == 200
        assert tracebacks(server.log) == []
    assert wrong == []
    middle = sorted(seconds)[len(seconds) // 2] * 1000
    proof(f"requests against a full queue, ten at a time, refused within {middle:.0f} ms (median)", times=len(seconds))


@pytest.mark.serial
@pytest.mark.promise(20)
def test_idle_sockets_take_little_memory(tmp_path: Path, fake_cli: Path, proof: Proof) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(Server(tmp_path, LLAMA_CLI=str(fake_cli), MAX_CONNECTIONS_PER_ADDRESS="2000"))
        server.wait_for_health()
        pages = [stack.enter_context(Page(server)) for _ in range(-(-SOCKETS // PER_VISITOR))]
        before = memory(worker(server))
        grown = asyncio.run(hold_sockets(server, [page.cookies for page in pages]))
        with pages[0].socket() as socket:
            saved = socket.request("send", **question(text="Still there?"))
            assert saved["type"] == "saved"
            assert "Still there?" in socket.until("finished")["message"]["text"]
    each = (grown - before) * 1024 / SOCKETS
    assert each < 200, each  # KiB, allocator and imports of the first socket included
    proof(f"idle sockets at once, {each:.0f} KiB each", times=SOCKETS)


async def hold_sockets(server: Server, cookies: list[str]) -> float:
    """Open the sockets, answer each one's hello, and return the worker's memory with all of them, in MiB."""

    async def hold(number: int, opened: asyncio.Semaphore, everyone: asyncio.Barrier) -> None:
        async with opened:
            connection = await connect(
                f"ws://127.0.0.1:{server.port}/chat/socket",
                origin=server.url,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookies[number // PER_VISITOR]},
                local_addr=(f"127.0.0.{2 + number // PER_ADDRESS}", 0),
                open_timeout=PATIENCE,
                max_queue=2,
            )
            assert json.loads(await connection.recv())["type"] == "hello"
        await everyone.wait()
        await everyone.wait()  # measured
        await connection.close()

    everyone = asyncio.Barrier(SOCKETS + 1)
    opened = asyncio.Semaphore(20)
    async with asyncio.TaskGroup() as group:
        for number in range(SOCKETS):
            group.create_task(hold(number, opened, everyone))
        await everyone.wait()
        used = memory(worker(server))
        await everyone.wait()
    return used


@pytest.mark.promise(34)
@pytest.mark.parametrize("descriptors", [64, 256] if SOAK else [64])
def test_a_server_with_few_descriptors_recovers(tmp_path: Path, fake_cli: Path, descriptors: int, proof: Proof) -> None:
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), MAX_CONNECTIONS_PER_ADDRESS="2000") as server:
        server.wait_for_health()
        resource.prlimit(worker(server), resource.RLIMIT_NOFILE, (descriptors, descriptors))
        with ExitStack() as stack:
            for _ in range(descriptors + 50):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", server.port))
            assert httpx.get(f"{server.url}/health/live", timeout=PATIENCE).status_code == 200
        with server.client() as client:
            assert "heard" in client.post("/generate", json={"prompt": "a"}).json()["generated_text"]
        assert tracebacks(server.log) == []
    proof(
        f"connections to a server with {descriptors} descriptors; it answered among and after them",
        times=descriptors + 50,
    )


@pytest.mark.promise(16, 1)
def test_hostile_prompts_reach_the_model_literally_and_harm_no_process(
    tmp_path: Path, fake_cli: Path, proof: Proof
) -> None:
    prompts = hostile_prompts(PROMPTS)
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake echo") as server, server.client() as client:
        server.wait_for_health()
        changed = []
        for prompt in prompts:
            asked = f"begin {prompt} end"
            answer = client.post("/generate", json={"prompt": asked, "max_tokens": 2000})
            if answer.status_code != 200 or answer.json()["generated_text"].lstrip() != asked:
                changed.append((prompt, answer.text))
        assert changed == []
        assert "crash" not in server.log
        assert tracebacks(server.log) == []
    proof("hostile prompts: forged log lines, templates, control characters, options", times=len(prompts))


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of this size in memory."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True) if os.geteuid() == 0 else None
    if mounted is None or mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


@pytest.mark.promise(36, 23)
def test_a_full_disk_stops_no_answer_and_loses_nothing_that_was_saved(
    tmp_path: Path, fake_cli: Path, proof: Proof
) -> None:
    with small_disk(tmp_path / "data", "24m") as data, Server(data, LLAMA_CLI=str(fake_cli)) as server:
        server.wait_for_health()
        with Page(server) as page, page.socket() as socket:
            saved = socket.request("send", **question(text="Before?"))
            conversation = saved["conversation"]["id"]
            socket.until("finished")
            with (data / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
                while True:
                    filler.write(bytes(65536) if SOAK else bytes(2**20))
            answer = page.http.post("/generate", json={"prompt": "a"})
            assert answer.status_code == 200
            refused = 0
            for _ in range(20):  # until the journal has no room either
                reply = socket.request("send", **question(text="x" * 50_000, settings={"max_tokens": 1}))
                if reply["type"] == "error":
                    assert reply["code"] == "database_unavailable", reply
                    refused += 1
                else:
                    socket.until("finished")
            assert refused
            (data / "filler").unlink()
            assert until(lambda: socket.request("send", **question(text="After?"))["type"] == "saved")
            assert page.messages(conversation)[0]["text"] == "Before?"
    proof("questions to a server with a full disk, refused by name or saved; the next after it was emptied", times=20)
