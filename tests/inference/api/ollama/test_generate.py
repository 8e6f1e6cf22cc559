"""Questions and raw completions, through Ollama's own client and a real server."""

from __future__ import annotations

from typing import Any

import httpx
import ollama
import pytest

MODEL = "demo-bitnet"
QUESTION = "What is machine learning?"


def generate(client: ollama.Client, prompt: str = QUESTION, options: Any = None, **fields: Any) -> Any:
    return client.generate(**{"model": MODEL, "prompt": prompt} | fields, options={"temperature": 0} | (options or {}))


def test_an_answer_is_that_of_the_native_api(client: ollama.Client, api: httpx.Client) -> None:
    response = generate(client)
    native = api.post("/generate", json={"prompt": QUESTION, "temperature": 0, "max_tokens": 1000}).json()
    assert response.response == native["generated_text"]
    assert (response.done, response.done_reason) == (True, "stop")
    assert (response.prompt_eval_count, response.eval_count) == (native["tokens_processed"], native["tokens_generated"])


def test_a_stream_has_the_same_text_and_context(client: ollama.Client) -> None:
    *pieces, end = list(generate(client, stream=True))
    whole = generate(client)
    assert "".join(piece.response for piece in pieces) == whole.response
    assert (end.response, end.done_reason, end.context) == ("", "stop", whole.context)
    assert all(piece.context is None for piece in pieces)


def test_a_context_continues_the_conversation(client: ollama.Client) -> None:
    brief = "You are brief."
    first = generate(client, system=brief)
    second = generate(client, "What is Docker?", context=first.context)
    turns = [
        {"role": "system", "content": brief},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": first.response},
        {"role": "user", "content": "What is Docker?"},
    ]
    chat = client.chat(MODEL, turns, options={"temperature": 0})
    assert (second.response, second.prompt_eval_count) == (chat.message.content, chat.prompt_eval_count)
    other = generate(client, "What is Docker?", context=first.context, system="Answer in the words of a poet, please.")
    assert other.prompt_eval_count > second.prompt_eval_count


def test_a_raw_prompt_is_completed(client: ollama.Client, api: httpx.Client) -> None:
    body = {"prompt": "Once upon a", "conversation_mode": False, "temperature": 0, "max_tokens": 12}
    response = generate(client, "Once upon a", raw=True, options={"num_predict": 12})
    assert response.response == api.post("/generate", json=body).json()["generated_text"]
    assert (response.eval_count, response.done_reason, response.context) == (12, "length", None)


def test_clients_load_and_unload_the_model(client: ollama.Client) -> None:
    for keep_alive, reason in ((None, "load"), ("1h", "load"), (0, "unload")):
        response = client.generate(MODEL, "", keep_alive=keep_alive)
        assert (response.response, response.done, response.done_reason) == ("", True, reason)


def _context(text: str) -> list[int]:
    return list(text.encode())


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"suffix": "end"}, "suffix"),
        ({"template": "{{ .Prompt }}"}, "template"),
        ({"images": ["aGVsbG8="]}, "images"),
        ({"raw": True, "system": "Be brief."}, "system"),
        ({"prompt": "  "}, "prompt"),
        ({"context": [128000, 1, 2]}, "context"),
        ({"context": [1, 2, 3]}, "context"),
        ({"context": _context('[["wizard","a"]]')}, "context"),
        ({"context": _context('[["user",["a"]]]')}, "context"),
        ({"context": _context('[["user","\\ud800"]]')}, "context"),
        ({"context": _context('[["user","a\\u0000"]]')}, "context"),
        ({"context": _context('{"user":"a"}')}, "context"),
        ({"context": _context("[" * 90_000)}, "context"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(client: ollama.Client, fields: dict[str, Any], name: str) -> None:
    with pytest.raises(ollama.ResponseError) as raised:
        generate(client, **fields)
    assert (raised.value.status_code, raised.value.error.split(":")[0]) == (400, name)
