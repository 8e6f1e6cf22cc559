"""Errors in the shape of OpenAI's protocol, wherever they arise, and as the client's own exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from inference.serving.parameters import MAX_BODY_BYTES
from tests.commands import api_key, user
from tests.inference.api.openai.conftest import client_of
from tests.server import Server

CHAT: dict[str, Any] = {"model": "default", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 2}


def error_of(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"error"}
    assert {"message", "type", "param", "code"} <= set(body["error"])
    return body["error"]


@pytest.mark.parametrize(
    "path", ["/v1/nonsense", "/v1/", "/v1/chat/completions/", "/v1//models", "/v1/models/nonsense"]
)
def test_an_unknown_path_is_not_found(api: httpx.Client, path: str) -> None:
    response = api.get(path, headers={"accept": "text/html"})
    assert response.status_code == 404
    assert error_of(response)["type"] == "invalid_request_error"


def test_a_wrong_method_is_refused(api: httpx.Client) -> None:
    response = api.get("/v1/chat/completions")
    assert (response.status_code, error_of(response)["code"]) == (405, "method_not_allowed")


def test_a_body_that_is_no_json_is_refused(api: httpx.Client) -> None:
    response = api.post("/v1/chat/completions", content="{", headers={"content-type": "application/json"})
    assert (response.status_code, error_of(response)["type"]) == (400, "invalid_request_error")
    response = api.post("/v1/chat/completions", content="{}", headers={"content-type": "text/plain"})
    assert (response.status_code, error_of(response)["type"]) == (415, "invalid_request_error")


def test_errors_outside_the_views_have_the_shape_too(api: httpx.Client) -> None:
    response = api.post("/v1/chat/completions", content=b" " * (MAX_BODY_BYTES + 1))
    assert (response.status_code, error_of(response)["code"]) == (413, "body_too_large")
    response = api.post("/v1/chat/completions", json=CHAT, headers={"host": "elsewhere.example"})
    assert (response.status_code, error_of(response)["code"]) == (400, "host_not_allowed")


@pytest.fixture
def locked_server(tmp_path: Path, fake_cli: Path) -> Iterator[Server]:
    user(tmp_path)
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), REQUIRE_API_KEY="true", RATE_LIMIT="3") as server:
        server.wait_for_health()
        yield server


def test_keys_and_limits_raise_the_exceptions_of_the_client(locked_server: Server) -> None:
    with client_of(locked_server) as stranger, pytest.raises(openai.AuthenticationError) as refused:
        stranger.chat.completions.create(**CHAT)
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["type"] == "authentication_error"
    with client_of(locked_server, api_key=api_key(locked_server.data_dir), max_retries=0) as client:
        for _ in range(3):
            client.chat.completions.create(**CHAT)
        with pytest.raises(openai.RateLimitError) as limited:
            client.chat.completions.create(**CHAT)
    assert limited.value.code == "rate_limit"
    assert int(limited.value.response.headers["retry-after"]) <= 60
