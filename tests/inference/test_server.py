"""The life of a real server process: start, disconnects, drain, death. Each test has a server of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.engine_processes import alive
from tests.server import PATIENCE, Server


@pytest.fixture
def own_server(tmp_path: Path, engine_binary: Callable[[str], Path]) -> Iterator[Server]:
    engine_binary("llama-cli")
    with Server(tmp_path) as server:
        server.wait_for_health()
        yield server


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # between two looks at the condition
    return True


def processes(server: Server) -> list[dict[str, Any]]:
    with server.client() as client:
        return client.get("/model_info").json()["pool"]["processes"]


def open_request(server: Server, **body: Any) -> socket.socket:
    """A request whose answer takes long, sent and not waited for."""
    content = json.dumps({"prompt": "a", "conversation_mode": False, "temperature": 2, "top_p": 1} | body).encode()
    head = "POST /generate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    client = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    client.sendall(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
    return client


def test_a_killed_server_leaves_no_process_behind(own_server: Server) -> None:
    assert until(lambda: any(process["role"] == "standby" for process in processes(own_server)))
    children = own_server.children()
    with own_server.client() as client:
        client.get("/health")
    worker = int(Path(f"/proc/{children[0]}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(worker, signal.SIGKILL)
    own_server.process.kill()
    assert children
    assert until(lambda: not any(alive(pid) for pid in children), seconds=2)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_server_leaves_no_process_behind(own_server: Server, how: signal.Signals) -> None:
    children = own_server.children()
    own_server.process.send_signal(how)
    assert own_server.process.wait(PATIENCE) == 0
    assert not any(alive(pid) for pid in children)
    assert "Traceback" not in own_server.log


def test_a_client_that_goes_away_frees_its_place(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    with Server(tmp_path, **slow_engine) as server:
        server.wait_for_health()
        client = open_request(server)
        assert until(lambda: any(process["state"] == "answering" for process in processes(server)))
        client.close()
        # The promise is one second; a busy machine gets some more.
        assert until(lambda: not any(process["role"] == "serving" for process in processes(server)), seconds=3)


def test_running_answers_finish_when_the_server_drains(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    with Server(tmp_path, **slow_engine) as server:
        server.wait_for_health()
        answers: list[httpx.Response] = []

        def ask() -> None:
            with server.client() as client:
                answers.append(client.post("/generate", json={"prompt": "a", "max_tokens": 20}))

        thread = threading.Thread(target=ask)
        thread.start()
        assert until(lambda: any(process["state"] == "answering" for process in processes(server)))
        server.process.send_signal(signal.SIGTERM)
        thread.join(PATIENCE)
        assert answers
        assert answers[0].status_code == 200
        assert answers[0].json()["tokens_generated"] > 0


def test_a_second_server_on_the_same_data_says_why_it_cannot_answer(own_server: Server, tmp_path: Path) -> None:
    with Server(tmp_path, DRAIN_TIMEOUT="0.1") as second:
        body = second.wait_for_health("failed")
        assert "one web worker" in body["detail"]
        with second.client() as client:
            response = client.post("/generate", json={"prompt": "a"})
        assert (response.status_code, response.json()["code"]) == (503, "engine_unavailable")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"MODEL_PATH": "/nonexistent/model.gguf"}, "model.gguf"),
        ({"LLAMA_CLI": "/nonexistent/llama-cli"}, "build_engine"),
        ({"LLAMA_CLI": "/bin/cat"}, "invalid option"),
        ({"LLAMA_ARGS": "--no-such-argument"}, "--no-such-argument"),
    ],
)
def test_health_says_what_keeps_the_engine_from_starting(
    tmp_path: Path, engine_binary: Callable[[str], Path], settings: dict[str, str], reason: str
) -> None:
    engine_binary("llama-cli")
    with Server(tmp_path, **settings) as server:
        assert reason in server.wait_for_health("failed")["detail"]
