"""Ollama's client for Python."""

from __future__ import annotations

from importlib.metadata import version

import ollama
import pytest

from .conftest import MODEL

CLIENT = f"ollama {version('ollama')}"
TURNS = [{"role": "user", "content": "What is machine learning?"}]
GREEDY = {"temperature": 0}


@pytest.fixture
def client(server: str) -> ollama.Client:
    return ollama.Client(host=server)


def test_chat(client: ollama.Client) -> None:
    answer = client.chat(MODEL, TURNS, options=GREEDY)
    assert answer.message.content
    assert answer.done_reason == "stop"
    assert answer.eval_count > 5


def test_stream(client: ollama.Client) -> None:
    chunks = list(client.chat(MODEL, TURNS, options=GREEDY, stream=True))
    whole = client.chat(MODEL, TURNS, options=GREEDY).message.content
    assert "".join(chunk.message.content for chunk in chunks) == whole


def test_generate(client: ollama.Client) -> None:
    answer = client.generate(MODEL, "Machine learning is", raw=True, options=GREEDY | {"num_predict": 5})
    assert answer.response
    assert answer.eval_count == 5


def test_structured_output(client: ollama.Client) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    assert '"age"' in client.chat(MODEL, TURNS, format=schema, options=GREEDY).message.content


def test_models(client: ollama.Client) -> None:
    [model] = client.list().models
    assert client.show(model.model).details.format == "gguf"
    assert [running.model for running in client.ps().models] == [model.model]


def test_errors(client: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError, match="image"):
        client.chat(MODEL, [TURNS[0] | {"images": ["AA=="]}])
