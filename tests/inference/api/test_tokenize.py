"""Counting the tokens of a prompt before it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands import api_key, user
from tests.server import Server

CONVERSATION = [
    {"role": "user", "content": "What is machine learning?"},
    {"role": "assistant", "content": "Learning from examples."},
    {"role": "user", "content": "And what is Docker?"},
]


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "What is machine learning?"},
        {"messages": CONVERSATION, "system_prompt": "", "context_size": 512},
        {"messages": CONVERSATION[:2], "max_tokens": 5, "details": True, "stream": False},
        {"prompt": "Once upon a time", "conversation_mode": False},
    ],
)
def test_a_count_is_that_of_the_answer(api: httpx.Client, body: dict[str, Any]) -> None:
    counted = api.post("/tokenize", json=body).json()
    answer = api.post("/generate", json=body).json()
    context_size = body.get("context_size", 2048)
    assert counted == {"prompt_tokens": answer["tokens_processed"], "context_size": context_size, "fits": True}


def test_a_prompt_that_is_too_long_is_counted(api: httpx.Client) -> None:
    body = {"prompt": "one two three " * 2000}
    counted = api.post("/tokenize", json=body)
    refused = api.post("/generate", json=body).json()
    assert counted.status_code == 200
    assert counted.json() == {"prompt_tokens": refused["prompt_tokens"], "context_size": 2048, "fits": False}


def test_an_invalid_request_is_refused_as_by_generate(api: httpx.Client) -> None:
    for body in ({}, {"prompt": " "}, {"prompt": "a", "nonsense": 1}):
        response, expected = api.post("/tokenize", json=body), api.post("/generate", json=body)
        assert (response.status_code, response.json()) == (400, expected.json())


def test_counting_counts_for_the_limits_of_a_key(tmp_path: Path, fake_cli: Path) -> None:
    user(tmp_path)
    key = api_key(tmp_path, "--requests-per-minute", "1")
    with Server(tmp_path, LLAMA_CLI=str(fake_cli)) as server, server.client() as api:
        server.wait_for_health()
        headers = {"X-API-Key": key}
        statuses = [api.post("/tokenize", json={"prompt": "a"}, headers=headers).status_code for _ in range(2)]
    assert statuses == [200, 429]
