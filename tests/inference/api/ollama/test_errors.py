"""Errors in the shape of Ollama's API, wherever they arise, and as the client's own exception."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import ollama
import pytest

from inference.serving.parameters import MAX_BODY_BYTES
from tests.commands import api_key, user
from tests.inference.api.ollama.conftest import client_of
from tests.server import NOISE, Server, until

CHAT: dict[str, Any] = {"model": "default", "messages": [{"role": "user", "content": "Hello"}]}
SHORT = CHAT | {"options": {"num_predict": 2}}


def error_of(response: httpx.Response) -> str:
    body = response.json()
    assert set(body) == {"error"}
    return body["error"]


@pytest.mark.parametrize("path", ["/api/nonsense", "/api/", "/api/chat/", "/api//tags", "/api/me"])
def test_an_unknown_path_is_not_found(api: httpx.Client, path: str) -> None:
    response = api.get(path, headers={"accept": "text/html"})
    assert response.status_code == 404
    assert path in error_of(response)


def test_a_wrong_method_is_refused(api: httpx.Client) -> None:
    response = api.get("/api/chat")
    assert (response.status_code, "GET" in error_of(response)) == (405, True)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/octet-stream", ""])
def test_a_body_is_json_whatever_its_type(api: httpx.Client, kind: str) -> None:
    content = httpx.Response(200, json=SHORT | {"stream": False}).content
    assert api.post("/api/chat", content=content, headers={"content-type": kind}).status_code == 200
    # A page of another site can send this without asking.
    response = api.post("/api/chat", content=content, headers={"content-type": kind, "origin": "http://evil.example"})
    assert (response.status_code, bool(error_of(response))) == (415, True)


def test_a_model_that_cannot_think_is_not_asked_to(api: httpx.Client) -> None:
    response = api.post("/api/chat", json=CHAT | {"think": True})
    assert (response.status_code, "does not support thinking" in error_of(response)) == (400, True)
    assert api.post("/api/chat", json=CHAT | {"think": "loudly"}).status_code == 400


def test_a_body_that_is_no_json_is_refused(api: httpx.Client) -> None:
    for content in ("{", "", "[]", "5"):
        response = api.post("/api/chat", content=content, headers={"content-type": "application/json"})
        assert (response.status_code, bool(error_of(response))) == (400, True)


def test_errors_outside_the_views_have_the_shape_too(api: httpx.Client) -> None:
    response = api.post("/api/chat", content=b" " * (MAX_BODY_BYTES + 1))
    assert (response.status_code, bool(error_of(response))) == (413, True)
    response = api.post("/api/chat", json=CHAT, headers={"host": "elsewhere.example"})
    assert (response.status_code, "ALLOWED_HOSTS" in error_of(response)) == (400, True)


@pytest.fixture
def locked_server(tmp_path: Path, fake_cli: Path) -> Iterator[Server]:
    user(tmp_path)
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), REQUIRE_API_KEY="true", RATE_LIMIT="3") as server:
        server.wait_for_health()
        yield server


def test_keys_and_limits_raise_the_exception_of_the_client(locked_server: Server) -> None:
    with client_of(locked_server) as stranger, pytest.raises(ollama.ResponseError) as refused:
        stranger.chat(**SHORT)
    assert refused.value.status_code == 401
    with client_of(locked_server, authorization=f"Bearer {api_key(locked_server.data_dir)}") as client:
        for _ in range(3):
            client.chat(**SHORT)
        with pytest.raises(ollama.ResponseError, match="per minute") as limited:
            client.chat(**SHORT)
    assert limited.value.status_code == 429


@pytest.mark.promise(11)
def test_a_client_that_leaves_frees_its_place(tmp_path: Path, slow_engine: dict[str, str]) -> None:
    with Server(tmp_path, **slow_engine) as server, server.client() as api:
        server.wait_for_health()

        def free() -> bool:
            status = api.get("/model_info").json()["engine"]
            return not status["queue"] and not any(lease["caller"] for lease in status["leases"])

        with client_of(server) as client:
            stream = client.chat(**CHAT, stream=True)
            assert not next(stream).done
            assert not free()
            stream.close()
            assert until(free, seconds=1 * NOISE)
        assert until(lambda: '"source": "ollama"' in server.log or "source=ollama" in server.log)
