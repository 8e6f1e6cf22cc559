"""The lifecycle of a real server process: start, disconnects, drain, kill. Each test has its own server."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.chat.transport.servers import worker
from tests.engine_processes import alive
from tests.server import NOISE, PATIENCE, Server, tracebacks, until


@pytest.fixture
def own_server(tmp_path: Path, engine_binary: Callable[[str], Path]) -> Iterator[Server]:
    engine_binary("llama-cli")
    with Server(tmp_path) as server:
        server.wait_for_health()
        yield server


def processes(server: Server) -> list[dict[str, Any]]:
    with server.client() as client:
        return client.get("/model_info").json()["engine"]["workers"]


def open_request(server: Server, **body: Any) -> socket.socket:
    """Send a request with a long answer and do not wait for it."""
    content = json.dumps({"prompt": "a", "conversation_mode": False, "temperature": 2, "top_p": 1} | body).encode()
    head = "POST /generate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    client = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    client.sendall(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
    return client


@pytest.mark.promise(7)
def test_a_killed_server_leaves_no_process_behind(own_server: Server) -> None:
    """Only gunicorn's master is killed: the worker is to end with it, and llama-cli with the worker."""
    assert until(lambda: any(process["role"] == "standby" for process in processes(own_server)))
    children = own_server.children()
    left = [worker(own_server), *children]
    own_server.process.kill()
    assert until(lambda: not any(alive(pid) for pid in left), seconds=2 * NOISE)
    with pytest.raises(httpx.TransportError), own_server.client() as client:
        client.get("/health/live")


@pytest.mark.promise(7)
def test_a_killed_worker_is_replaced_and_leaves_no_process_behind(own_server: Server) -> None:
    assert until(lambda: own_server.children() != [])
    children = own_server.children()
    os.kill(worker(own_server), signal.SIGKILL)
    assert until(lambda: not any(alive(pid) for pid in children), seconds=2 * NOISE)
    own_server.wait_for_health()
    assert not set(children) & set(own_server.children())


def test_the_development_server_ends_with_its_reloader(tmp_path: Path) -> None:
    with DevelopmentServer(tmp_path, DEBUG="1") as server:
        server.wait_for_health("loading")
        children = [child.pid for child in psutil.Process(server.process.pid).children(recursive=True)]
        assert children
        server.process.kill()
        assert until(lambda: not any(alive(pid) for pid in children), seconds=2 * NOISE)


class DevelopmentServer(Server):
    """`manage.py runserver`, whose reloader runs the server in a process of its own."""

    @property
    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "runserver", f"127.0.0.1:{self.port}"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_server_leaves_no_process_behind(own_server: Server, how: signal.Signals) -> None:
    children = own_server.children()
    own_server.process.send_signal(how)
    assert own_server.process.wait(PATIENCE) == 0
    assert not any(alive(pid) for pid in children)
    assert tracebacks(own_server.log) == []


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.promise(11)
def test_a_disconnected_client_frees_its_place(tmp_path: Path, slow_engine: dict[str, str], stream: bool) -> None:
    with Server(tmp_path, **slow_engine) as server:
        server.wait_for_health()
        client = open_request(server, stream=stream)
        assert until(lambda: any(process["state"] == "answering" for process in processes(server)))
        client.close()
        assert until(lambda: not any(process["role"] == "serving" for process in processes(server)), seconds=1 * NOISE)


@contextmanager
def draining(
    tmp_path: Path, max_tokens: int = 60, **settings: str
) -> Iterator[tuple[Server, httpx.Client, list[httpx.Response]]]:
    """A server that was asked to stop during an answer, an open connection to it, and the pending answer."""
    with Server(tmp_path, **settings) as server, server.client() as client:
        server.wait_for_health()
        answers: list[httpx.Response] = []

        def ask() -> None:
            with server.client() as asking:
                answers.append(asking.post("/generate", json={"prompt": "a", "max_tokens": max_tokens}))

        thread = threading.Thread(target=ask)
        thread.start()
        assert until(lambda: any(process["state"] == "answering" for process in processes(server)))
        server.process.send_signal(signal.SIGTERM)
        assert until(lambda: client.get("/health").json()["status"] == "draining")
        yield server, client, answers
        thread.join(PATIENCE)


@pytest.mark.promise(17)
def test_a_draining_server_reports_it_and_finishes_running_answers(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    with draining(tmp_path, **slow_engine) as (server, client, answers):
        assert client.get("/health").status_code == 503
        assert client.get("/health/live").status_code == 200
        refused = client.post("/generate", json={"prompt": "a"})
        assert (refused.status_code, refused.json()["code"]) == (503, "engine_stopping")
        assert server.process.wait(PATIENCE) == 0
    assert answers[0].json()["tokens_generated"] == 60


@pytest.mark.promise(17)
def test_a_second_sigterm_ends_the_drain(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    with draining(tmp_path, max_tokens=1000, **slow_engine) as (server, _, answers):
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - begun < 10  # the answer would take 25
    assert answers[0].status_code == 503


@pytest.mark.promise(12)
def test_a_full_queue_refuses_immediately(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    with Server(tmp_path, MAX_QUEUE="2", **slow_engine) as server, server.client() as client:
        server.wait_for_health()
        clients = [open_request(server) for _ in range(3)]
        assert until(lambda: len(client.get("/model_info").json()["engine"]["queue"]) == 2)
        response = client.post("/generate", json={"prompt": "a"})
        assert (response.status_code, response.json()["code"]) == (503, "queue_full")
        assert int(response.headers["retry-after"]) >= 1
        assert response.elapsed.total_seconds() < 0.5 * NOISE  # the promise is 50 ms on an idle machine
        for waiting in clients:
            waiting.close()


@pytest.mark.promise(12)
def test_a_wait_has_a_limit(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    with Server(tmp_path, QUEUE_TIMEOUT="0.5", **slow_engine) as server, server.client() as client:
        server.wait_for_health()
        running = open_request(server)
        assert until(lambda: any(process["state"] == "answering" for process in processes(server)))
        response = client.post("/generate", json={"prompt": "a"})
        assert (response.status_code, response.json()["code"]) == (503, "queue_timeout")
        assert client.get("/model_info").json()["engine"]["queue"] == []
        running.close()


@pytest.mark.promise(18)
def test_the_server_is_live_while_the_engine_loads(tmp_path: Path, fake_cli: Path) -> None:
    loads = tmp_path / "loads"
    loads.touch()
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=f"--fake never-ready --fake while={loads}") as server:
        server.wait_for_health("loading")
        with server.client() as client, open_request(server) as waiting:
            assert client.get("/health/live").status_code == 200
            assert client.get("/health").status_code == 503
            loads.unlink()
            assert waiting.recv(12) == b"HTTP/1.1 200"


@pytest.mark.promise(4)
def test_repeated_crashes_are_reported(tmp_path: Path, fake_cli: Path) -> None:
    """Prelaunches fail after the probe has passed."""
    broken = tmp_path / "broken"
    arguments = f"--fake exit-at-launch=no-more-memory --fake while={broken}"
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments) as server, server.client() as client:
        server.wait_for_health()
        assert until(lambda: any(process["role"] == "standby" for process in processes(server)))
        standby = server.children()[0]
        broken.touch()
        os.kill(standby, signal.SIGKILL)
        assert "no-more-memory" not in server.wait_for_health("degraded")["detail"]
        assert "no-more-memory" in server.log
        assert client.get("/health").status_code == 503
        broken.unlink()
        server.wait_for_health()


def test_a_second_server_on_the_same_data_says_which_process_holds_the_engine(
    own_server: Server, tmp_path: Path
) -> None:
    port = own_server.port
    first = f"Process {worker(own_server)} (gunicorn -c python:bitnetsite.gunicorn --bind 127.0.0.1:{port})"
    with Server(tmp_path, DRAIN_TIMEOUT="60") as second:
        assert until(lambda: first in second.log)
        assert first not in second.wait_for_health("loading")["detail"]
    with Server(tmp_path, DRAIN_TIMEOUT="0.1") as third:
        assert first not in third.wait_for_health("failed")["detail"]
        assert first in third.log
        assert "one web worker" in third.log
        with third.client() as client:
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
def test_the_log_says_why_the_engine_cannot_start_and_health_names_no_folder(
    tmp_path: Path, engine_binary: Callable[[str], Path], settings: dict[str, str], reason: str
) -> None:
    engine_binary("llama-cli")
    with Server(tmp_path, **settings) as server:
        detail = server.wait_for_health("failed")["detail"]
        assert reason in server.log
        assert "/" not in detail.replace("/admin/", "")
        assert reason not in detail or reason == "model.gguf"
