"""One log line per request, with the id of its response, and without any text of users."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bitnetsite.http.access_log import AccessLog
from bitnetsite.log_format import JSONFormatter, LineFormatter, choose_format
from inference.serving.current_request import current_request
from tests.inference.serving.test_server import open_request
from tests.server import Server, until

PLANTED = "xylophone"
KEY = "bnk_planted1_" + "k" * 43


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("logged")
    arguments = "--fake tokens=200 --fake seconds-per-token=0.01 --fake exit-at=3 --fake when=crash-here"
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments, KEEP_API_TEXTS="true") as server:
        server.wait_for_health()
        yield server


def lines(server: Server) -> list[dict[str, Any]]:
    """Return the server's log lines: all are JSON objects, including those of gunicorn."""
    return [json.loads(line) for line in server.log.splitlines()]


def line_of(server: Server, request_id: str) -> dict[str, Any]:
    """Return the access log line of a request, once it is written."""

    def found() -> list[dict[str, Any]]:
        return [line for line in lines(server) if line["logger"] == "access" and line["request_id"] == request_id]

    assert until(lambda: bool(found()))
    [line] = found()
    return line


def test_a_request_that_django_refuses_leaves_no_traceback(logged: Server) -> None:
    with logged.client() as client:
        client.get("/accounts/sign-in")  # sets the cookie with the CSRF token
        response = client.post("/accounts/sign-in", data={f"field{number}": "" for number in range(1001)})
    assert response.status_code == 400
    line_of(logged, response.headers["x-request-id"])
    assert not [line for line in lines(logged) if "TooManyFields" in line.get("exception", "")]
    assert [line for line in lines(logged) if "TooManyFields" in line["logger"]]


def test_the_line_of_an_answer_describes_its_generation(logged: Server) -> None:
    with logged.client() as client:
        response = client.post("/generate?search=private", json={"prompt": "Hello", "max_tokens": 5})
    identity = response.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", identity)
    line = line_of(logged, identity)
    assert (line["method"], line["path"], line["status"]) == ("POST", "/generate", 200)
    assert (line["source"], line["reason"], line["generated_tokens"]) == ("api", "length", 5)
    assert line["prompt_tokens"] > 0
    assert 0 <= line["queue_seconds"] < line["seconds"]
    assert (line["user"], line["key"], line["client"]) == (None, None, "127.0.0.1")


def test_a_stream_is_logged_at_its_end(logged: Server) -> None:
    with (
        logged.client() as client,
        client.stream("POST", "/generate", json={"prompt": "a", "stream": True}) as response,
    ):
        identity = response.headers["x-request-id"]
        assert identity not in logged.log
        text = "".join(response.iter_text())
    assert "event: done" in text
    line = line_of(logged, identity)
    assert line["generated_tokens"] == 200
    assert line["seconds"] > 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_disconnected_client_is_logged(logged: Server, stream: bool) -> None:
    def cancelled() -> list[dict[str, Any]]:
        return [line for line in lines(logged) if line.get("reason") == "cancelled"]

    before = len(cancelled())
    client = open_request(logged, stream=stream)
    with logged.client() as watching:
        assert until(lambda: "answering" in watching.get("/model_info").text)
    client.close()
    assert until(lambda: len(cancelled()) > before)
    line = cancelled()[-1]
    assert line["ended"] in ("client_gone", "cancelled")
    assert line["status"] == (200 if stream else 499)


def test_a_valid_id_of_the_client_is_kept(logged: Server) -> None:
    with logged.client() as client:
        for came, taken in {
            "0123abcd-and-more": True,
            "short": False,
            "a" * 65: False,
            "with space in": False,
            "line{}break": False,
        }.items():
            sent_back = client.get("/health", headers={"X-Request-ID": came}).headers["x-request-id"]
            assert (sent_back == came) == taken
            line_of(logged, sent_back)


def test_an_error_has_the_same_id_in_header_history_and_log(logged: Server) -> None:
    with logged.client() as client:
        response = client.post("/generate", json={"prompt": "crash-here"}, headers={"X-Request-ID": "crash-id-1"})
        assert (response.status_code, response.json()["code"]) == (502, "engine_crashed")
        assert response.headers["x-request-id"] == "crash-id-1"
        for path in ("/nowhere", "/generate"):
            assert client.get(path).headers["x-request-id"]
        too_large = client.post("/generate", content=b" " * 5_000_000, headers={"content-type": "application/json"})
        assert line_of(logged, too_large.headers["x-request-id"])["status"] == 413
    assert line_of(logged, "crash-id-1")["error"] == "engine_crashed"
    database = sqlite3.connect(logged.data_dir / "db.sqlite3")
    query = "SELECT error_code FROM inference_generationrecord WHERE request_id = 'crash-id-1'"
    assert until(lambda: database.execute(query).fetchall() == [("engine_crashed",)])
    database.close()


@pytest.mark.promise(30)
def test_no_line_has_a_prompt_an_answer_a_key_or_a_query(logged: Server) -> None:
    """Even if texts are stored in the history, and if a request fails because of its text."""
    headers = {"Authorization": f"Bearer {KEY}", "X-API-Key": KEY, "Cookie": f"sessionid={PLANTED}"}
    bodies: list[dict[str, Any]] = [
        {"prompt": PLANTED, "max_tokens": 2},
        {"prompt": f"{PLANTED} crash-here"},
        {"prompt": PLANTED, "stop": [PLANTED], "max_tokens": 0},
        {"prompt": f"{PLANTED} " * 5000},
        {PLANTED: PLANTED},
        {"messages": [{"role": PLANTED, "content": PLANTED}]},
        {"prompt": PLANTED, "system_prompt": PLANTED, "stream": True, "max_tokens": 2},
    ]
    with logged.client() as client:
        for body in bodies:
            client.post(f"/generate?q={PLANTED}", json=body, headers=headers)
            client.post("/generate", json=body)
        client.post("/generate", content=f'{{"prompt": "{PLANTED}', headers={"content-type": "application/json"})
        last = client.get("/health").headers["x-request-id"]
    line_of(logged, last)
    assert PLANTED not in logged.log
    assert KEY not in logged.log
    assert "k" * 43 not in logged.log


def test_readable_lines(tmp_path: Path, fake_cli: Path) -> None:
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LOG_FORMAT="line") as server, server.client() as client:
        server.wait_for_health()
        identity = client.get("/health/live").headers["x-request-id"]
        assert until(lambda: f"request_id={identity}" in server.log)
    line = next(line for line in server.log.splitlines() if identity in line)
    assert " INFO access: GET /health/live 200 [" in line
    assert "method=" not in line


def test_the_format_depends_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [choose_format(configured) for configured in ("json", "line")] == ["json", "line"]
    for terminal, expected in ((True, "line"), (False, "json")):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal)
        assert choose_format("") == expected


@pytest.mark.parametrize("formatter", [JSONFormatter(), LineFormatter()])
def test_a_record_is_one_line(formatter: logging.Formatter) -> None:
    record = logging.LogRecord("a", logging.INFO, "", 0, "%s", ("two\nlines \x1b[31m",), None)
    record.fields = {"ended": "/a", "client": "made\nup \x1b[31m \x9b31m"}
    line = formatter.format(record)
    assert "/a" in line
    assert "\n" not in line
    assert "\x1b" not in line


class Socket:
    """A websocket client: the messages to and from the server."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = [{"type": "websocket.connect"}, *messages]

    async def receive(self) -> dict[str, Any]:
        return self.messages.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        pass


@pytest.mark.parametrize("ending", [{"type": "websocket.disconnect", "code": 1001}, {"type": "websocket.receive"}])
async def test_a_socket_is_logged_once_when_it_is_closed(
    caplog: pytest.LogCaptureFixture, ending: dict[str, Any]
) -> None:
    seen = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        seen.append(current_request.get())
        if (await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.close", "code": 4401})

    socket = Socket(ending)
    scope = {
        "type": "websocket",
        "path": "/chat/socket",
        "query_string": b"secret",
        "headers": [],
        "client": ("::1", 1),
    }
    with caplog.at_level(logging.INFO, "access"):
        await AccessLog(application)(scope, socket.receive, socket.send)
    [record] = [record for record in caplog.records if record.name == "access"]
    fields = record.fields
    assert (fields["method"], fields["path"], fields["client"]) == ("WEBSOCKET", "/chat/socket", "::1")
    assert fields["status"] == ending.get("code", 4401)
    assert seen == [None]  # answers have their own ids


async def test_an_exception_in_the_application_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a mistake")

    scope = {"type": "http", "method": "GET", "path": "/a\nb", "headers": [], "client": None}
    with caplog.at_level(logging.INFO, "access"), pytest.raises(RuntimeError):
        await AccessLog(application)(scope, None, None)  # type: ignore[arg-type]
    assert caplog.records[-1].fields | {"seconds": 0, "request_id": ""} == {
        "request_id": "",
        "method": "GET",
        "path": "/a\\nb",
        "status": 500,
        "seconds": 0,
        "client": None,
        "ended": "error",
    }


def test_requests_are_logged_only_once(logged: Server) -> None:
    """The access logs of uvicorn and gunicorn are off."""
    with logged.client() as client:
        identity = client.get("/health/live").headers["x-request-id"]
    line_of(logged, identity)
    assert {line["logger"] for line in lines(logged) if "/health/live" in line["message"]} == {"access"}
