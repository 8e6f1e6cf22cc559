"""Clients that leave, are refused for now, or lose the engine, through OpenAI's own client and a slow engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.commands import api_key, user
from tests.inference.api.openai.conftest import client_of
from tests.server import NOISE, Server, until

# Answers take a second and more if the question says Slow. The engine crashes at the question Zebra.
FAKE = "--fake tokens=40 --fake seconds-per-token=0.05 --fake slow-when=Slow --fake die-at=7 --fake when=Zebra"
WEATHER: Any = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture(scope="module")
def waiting_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("waiting")
    user(folder)
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=FAKE, MODEL_INSTANCES="1", MAX_QUEUE="1") as server:
        server.wait_for_health()
        yield server


@pytest.fixture
def client(waiting_server: Server) -> Iterator[openai.OpenAI]:
    with client_of(waiting_server, max_retries=0) as client:
        yield client


def chat(text: str, **options: Any) -> dict[str, Any]:
    return {"model": "default", "messages": [{"role": "user", "content": text}]} | options


def all_free(server: Server) -> bool:
    with server.client() as api:
        status = api.get("/model_info").json()["engine"]
    return not status["queue"] and not any(lease["caller"] for lease in status["leases"])


@pytest.mark.promise(11)
def test_a_stream_that_is_closed_frees_its_place(waiting_server: Server, client: openai.OpenAI) -> None:
    streams = (
        client.chat.completions.create(**chat("Slow"), stream=True),
        client.responses.create(model="default", input="Slow", stream=True),
    )
    for stream in streams:
        next(iter(stream))
        stream.close()
    assert until(lambda: all_free(waiting_server), seconds=1 * NOISE)


@pytest.mark.promise(11)
def test_a_request_that_times_out_frees_its_place(waiting_server: Server, client: openai.OpenAI) -> None:
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(**chat("Slow"), timeout=0.5)
    assert until(lambda: all_free(waiting_server), seconds=1 * NOISE)


def retried(server: Server, refused: int, busy: list[Any], **options: Any) -> list[httpx.Response]:
    """Return the responses to a client's request, and close the streams in `busy` once it is refused."""
    seen: list[httpx.Response] = []

    def note(response: httpx.Response) -> None:
        seen.append(response)
        if response.status_code == refused:
            for stream in busy:
                stream.close()

    hooks = openai.DefaultHttpxClient(event_hooks={"response": [note]})
    with client_of(server, max_retries=3, http_client=hooks, **options) as client:
        client.chat.completions.create(**chat("Quick", max_tokens=2))
    return seen


def test_a_full_queue_is_tried_again(waiting_server: Server, client: openai.OpenAI) -> None:
    busy = [client.chat.completions.create(**chat("Slow"), stream=True) for _ in range(2)]
    refused, *_, answered = retried(waiting_server, 503, busy)
    assert (refused.status_code, answered.status_code) == (503, 200)
    assert int(refused.headers["retry-after"]) >= 1


def test_a_limit_is_tried_again(waiting_server: Server) -> None:
    key = api_key(waiting_server.data_dir, "--at-once", "1")
    with client_of(waiting_server, api_key=key) as first:
        busy = [first.chat.completions.create(**chat("Slow"), stream=True)]
        refused, *_, answered = retried(waiting_server, 429, busy, api_key=key)
    assert (refused.status_code, answered.status_code) == (429, 200)
    assert int(refused.headers["retry-after"]) >= 1


def test_an_engine_that_crashes_is_an_error_in_the_stream(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIError) as raised:
        list(client.chat.completions.create(**chat("Zebra"), stream=True))
    assert raised.value.code == "engine_crashed"
    *_, last = client.responses.create(model="default", input="Zebra", stream=True)
    assert (last.type, last.response.status) == ("response.failed", "failed")  # type: ignore[union-attr]
    assert last.response.error.code == "engine_crashed"  # type: ignore[union-attr]


def test_responses_are_not_stored(client: openai.OpenAI) -> None:
    response = client.responses.create(model="default", input="Hello", max_output_tokens=2)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_the_calls_that_set_up_home_assistant(client: openai.OpenAI) -> None:
    [model] = client.models.list()
    asked = chat("Hello", tools=[WEATHER], max_tokens=3) | {"model": model.id}
    whole = client.chat.completions.create(**asked)
    pieces = list(client.chat.completions.create(**asked, stream=True))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert whole.choices[0].message.content == text
    assert pieces[-1].choices[0].finish_reason == whole.choices[0].finish_reason == "length"
