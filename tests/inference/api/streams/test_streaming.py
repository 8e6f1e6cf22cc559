"""Server-sent events over real sockets."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.inference.api.endpoints import ANSWERS
from tests.server import Server, tracebacks

QUESTION = {"prompt": "What is machine learning?", "temperature": 0}


def events(api: httpx.Client, **body: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return names and data of all events of a stream."""
    with api.stream("POST", "/generate", json=QUESTION | {"stream": True} | body) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        text = response.read().decode()
    parsed = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if lines:
            parsed.append((lines["event"], json.loads(lines["data"])))
    return parsed


def test_the_pieces_form_the_answer_and_the_last_event_is_its_body(api: httpx.Client) -> None:
    sent = events(api)
    plain = api.post("/generate", json=QUESTION).json()
    assert sent[-1] == ("done", plain)
    assert "".join(data["text"] for name, data in sent if name == "text") == plain["generated_text"]


def test_details_come_with_the_last_event(api: httpx.Client) -> None:
    assert events(api, details=True)[-1][1]["finish_reason"] == "stop"


def test_a_stop_string_ends_the_answer_before_it(api: httpx.Client) -> None:
    whole = api.post("/generate", json=QUESTION).json()["generated_text"]
    stop = whole[len(whole) // 2 :][:5]
    sent = events(api, stop=["\x00never"[1:], stop], details=True)
    assert sent[-1][1]["generated_text"] == whole[: whole.index(stop)]
    assert sent[-1][1]["finish_reason"] == "stop"
    assert "".join(data["text"] for name, data in sent if name == "text") == whole[: whole.index(stop)]


def test_an_answer_that_ends_like_the_beginning_of_a_stop_string_is_streamed_whole(api: httpx.Client) -> None:
    """What could become the stop string is held back until the answer has ended."""
    whole = api.post("/generate", json=QUESTION).json()["generated_text"]
    for length in (1, 2, 3, 5, 8, len(whole)):
        stop = [whole[-length:] + "!?", whole[-1] + "never"]
        sent = events(api, stop=stop)
        assert "".join(data["text"] for name, data in sent if name == "text") == whole
        assert sent[-1] == ("done", api.post("/generate", json=QUESTION | {"stop": stop}).json())
        assert sent[-1][1]["generated_text"] == whole


def test_an_error_before_the_first_event_keeps_its_status(api: httpx.Client) -> None:
    response = api.post("/generate", json={"prompt": "word " * 3000, "stream": True})
    assert (response.status_code, response.json()["code"]) == (400, "prompt_too_long")
    response = api.post("/generate", json={"prompt": "", "stream": True})
    assert (response.status_code, response.json()["code"]) == (400, "invalid")


def test_a_crash_during_the_answer_is_an_event_after_the_text(tmp_path: Path, fake_cli: Path) -> None:
    arguments = "--fake tokens=50 --fake die-at=7 --fake when=Zebra"
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments) as server, server.client() as api:
        server.wait_for_health()
        sent = events(api, prompt="Zebra", system_prompt="")
    assert sent[-1][0] == "error"
    assert sent[-1][1]["code"] == "engine_crashed"
    assert "".join(data["text"] for name, data in sent if name == "text")


def test_the_position_in_the_queue_is_sent(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    with Server(tmp_path, **slow_engine) as server, server.client() as first, server.client() as second:
        server.wait_for_health()
        with first.stream("POST", "/generate", json=QUESTION | {"stream": True}) as running:
            pieces = running.iter_raw()  # to be kept: closing it closes the stream
            next(pieces)
            with second.stream("POST", "/generate", json=QUESTION | {"stream": True}) as waiting:
                event = next(waiting.iter_raw()).decode()
    assert event.startswith('event: queued\ndata: {"position": 1')


def test_a_silent_stream_has_comments(tmp_path: Path, fake_cli: Path) -> None:
    arguments = "--fake tokens=3 --fake seconds-per-token=11 --fake slow-when=Slow"
    with (
        Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments, DRAIN_TIMEOUT="0.1") as server,
        server.client() as api,
    ):
        server.wait_for_health()
        with api.stream("POST", "/generate", json={"prompt": "Slow", "stream": True}) as response:
            for chunk in response.iter_raw():
                if chunk.startswith(b":"):
                    return
    raise AssertionError("the stream ended without a comment")


LONG = {"stream": True, "max_tokens": 1000}  # Ollama's requests take all that fit, and ignore the field


@pytest.fixture
def draining_server(tmp_path: Path, slow_engine: dict[str, str]) -> Iterator[Server]:
    places = {"MODEL_INSTANCES": str(len(ANSWERS)), "STANDBY_INSTANCES": "0", "DRAIN_TIMEOUT": "0.5"}
    with Server(tmp_path, **slow_engine, **places) as server:
        server.wait_for_health()
        yield server


def last_of(pieces: Iterator[str]) -> dict[str, Any]:
    """Return the last event of a stream, which has ended."""
    last = [line for line in "".join(pieces).splitlines() if line][-1]
    data: dict[str, Any] = json.loads(last.removeprefix("data: "))
    return data


def test_a_stream_that_the_server_ends_says_so_in_its_protocol(draining_server: Server) -> None:
    with draining_server.client() as client, ExitStack() as streams:
        running = {}
        # Ollama's first: where cores are few, the others wait, and Ollama's protocol does not say so at once.
        for path, body in sorted(ANSWERS.items()):
            stream = streams.enter_context(client.stream("POST", path, json=body | LONG))
            running[path] = stream.iter_text()
            assert stream.status_code == 200, (path, stream.read())
            assert next(running[path])
        draining_server.process.send_signal(signal.SIGTERM)
        ends = {path: last_of(pieces) for path, pieces in running.items()}
    stopping = "engine_stopping"
    assert ends["/generate"]["code"] == stopping
    for path in ("/v1/chat/completions", "/v1/completions"):
        assert (ends[path]["error"]["code"], ends[path]["error"]["type"]) == (stopping, "server_error")
    assert ends["/v1/responses"]["type"] == "response.failed"
    assert ends["/v1/responses"]["response"]["error"]["code"] == stopping
    for path in ("/api/chat", "/api/generate"):
        assert "shutting down" in ends[path]["error"]
    assert tracebacks(draining_server.log) == []
