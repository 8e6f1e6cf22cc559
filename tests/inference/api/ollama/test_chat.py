"""Chats through Ollama's own client and a real server."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import httpx
import ollama
import pytest

from tests.server import PATIENCE

MODEL = "demo-bitnet:latest"
QUESTION = {"role": "user", "content": "What is machine learning?"}
GREEDY = {"temperature": 0}
COUNTS = ("prompt_eval_count", "eval_count")
DURATIONS = ("load_duration", "prompt_eval_duration", "eval_duration")


def answer(client: ollama.Client, *messages: Any, options: Any = None, **fields: Any) -> Any:
    return client.chat(
        **{"model": MODEL, "messages": list(messages or [QUESTION])} | fields, options=GREEDY | (options or {})
    )


def refusal(client: ollama.Client, *messages: Any, **fields: Any) -> str:
    with pytest.raises(ollama.ResponseError) as raised:
        answer(client, *messages, **fields)
    assert raised.value.status_code == 400
    return raised.value.error


def test_an_answer_has_text_reason_and_counts(client: ollama.Client, api: httpx.Client) -> None:
    response = answer(client)
    native = api.post("/generate", json={"prompt": QUESTION["content"], "temperature": 0, "max_tokens": 1000}).json()
    assert (response.message.role, response.message.content) == ("assistant", native["generated_text"])
    assert (response.model, response.done, response.done_reason) == (MODEL, True, "stop")
    assert [response[name] for name in COUNTS] == [native["tokens_processed"], native["tokens_generated"]]
    assert response.total_duration == pytest.approx(sum(response[name] for name in DURATIONS), abs=3)
    assert 0 < response.eval_duration < PATIENCE * 1e9  # nanoseconds
    assert datetime.fromisoformat(response.created_at).tzinfo


def test_a_stream_has_the_same_text_in_pieces(client: ollama.Client) -> None:
    *pieces, end = list(answer(client, stream=True))
    whole = answer(client)
    assert pieces
    assert "".join(piece.message.content for piece in pieces) == whole.message.content
    assert not any(piece.done for piece in pieces)
    assert (end.message.content, end.done, end.done_reason) == ("", True, "stop")
    assert [end[name] for name in COUNTS] == [whole[name] for name in COUNTS]


def test_the_wire_is_a_line_of_json_for_each_piece(api: httpx.Client) -> None:
    body = {"model": "demo-bitnet", "messages": [QUESTION], "options": {"num_predict": 3}}
    response = api.post("/api/chat", json=body)  # streams without being asked to
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert response.text.endswith("}\n")
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert lines[-1]["done_reason"] == "length"
    assert all(line["created_at"].endswith("Z") for line in lines)


def test_the_next_turn_reuses_the_conversation(client: ollama.Client, api: httpx.Client) -> None:
    first = answer(client)
    turns = [QUESTION, first.message, {"role": "user", "content": "What is Docker?"}]
    before = api.get("/model_info").json()["engine"]["launches"]["serving"]
    second = answer(client, *turns)
    assert second.prompt_eval_count > first.prompt_eval_count + first.eval_count
    assert api.get("/model_info").json()["engine"]["launches"]["serving"] == before


def test_messages_as_clients_write_them(client: ollama.Client, api: httpx.Client) -> None:
    plain = answer(client, {"role": "system", "content": "Be brief."}, QUESTION).message.content
    call = {"function": {"name": "weather", "arguments": {}}}
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
    thought = {"role": "assistant", "content": "", "thinking": "Hm.", "tool_calls": None, "images": []}
    assert answer(client, {"role": "system", "content": "Be brief."}, QUESTION, thought).message.content == plain
    assert answer(
        client,
        QUESTION,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "It rains.", "tool_name": "weather"},
        tools=[tool],
        think=False,
        options={"num_predict": 3},
    ).message.content
    nulls = dict.fromkeys(("format", "keep_alive", "tools", "think", "stream", "options", "logprobs", "template"))
    response = api.post("/api/chat", json=nulls | {"model": MODEL, "messages": [QUESTION], "unknown": 1})
    assert response.status_code == 200, response.text


def test_home_assistant_chats(client: ollama.Client) -> None:
    """Its integration asks for the models, streams with tools that it offers, and sends results of tools as JSON."""
    assert {model["model"] for model in client.list()["models"]} == {MODEL}
    tool = {"type": "function", "function": {"name": "HassTurnOn", "parameters": {"type": "object", "properties": {}}}}
    options = {"num_ctx": 8192.0}
    messages = [ollama.Message(role="system", content="You control a home."), ollama.Message(**QUESTION)]
    settings: dict[str, Any] = {"model": MODEL, "stream": True, "keep_alive": "-1s", "think": False, "options": options}
    pieces = list(client.chat(messages=messages, tools=[tool], format=None, **settings))
    assert all(piece["message"].get("tool_calls") is None for piece in pieces)
    said = "".join(piece["message"]["content"] for piece in pieces)
    messages += [
        ollama.Message(role="assistant", content=said),
        ollama.Message(role="tool", content=json.dumps({"success": True})),
    ]
    assert list(client.chat(messages=messages, tools=[tool], **settings))[-1]["done"]


def test_options_have_effect(client: ollama.Client) -> None:
    whole = answer(client).message.content
    assert answer(client, options={"num_predict": 7.0}).eval_count == 7
    for unlimited in (-1, -2, 0):
        assert answer(client, options={"num_predict": unlimited}).message.content == whole
    assert answer(client, options={"stop": ["learn", ""]}).message.content == whole[: whole.index("learn")]
    hot = {"temperature": 2, "top_p": 1, "top_k": 40.0, "min_p": 0.01, "num_predict": 20, "seed": 2**40}
    story = {"role": "user", "content": "Tell me a story."}
    first, second = (answer(client, story, options=hot).message.content for _ in range(2))
    assert first == second
    assert answer(client, story, options=hot | {"seed": 2**40 + 1}).message.content != first
    ignored = {"num_ctx": 8192.0, "num_thread": 99, "mirostat": 0, "num_gpu": -1, "nonsense": "x", "repeat_penalty": 1}
    assert answer(client, options=ignored).message.content == whole


def test_an_answer_is_continued(client: ollama.Client) -> None:
    whole = answer(client).message.content
    begun = answer(client, options={"num_predict": 8}).message
    assert begun.content + answer(client, QUESTION, begun).message.content == whole


def test_the_format_is_enforced(client: ollama.Client) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    assert set(json.loads(answer(client, format=schema).message.content)) == {"age"}
    assert answer(client, format="json").message.content.startswith("{")
    assert answer(client, format="").message.content == answer(client).message.content


def test_clients_load_and_unload_the_model(client: ollama.Client) -> None:
    for keep_alive, reason in ((None, "load"), ("5m", "load"), (-1, "load"), (0, "unload"), ("0s", "unload")):
        response = client.chat(MODEL, [], keep_alive=keep_alive)
        assert (response.message.content, response.done, response.done_reason) == ("", True, reason)
    [line] = list(client.chat(MODEL, [], stream=True))
    assert line.done
    assert answer(client).message.content  # the model is there, as ever


def test_a_conversation_that_is_not_kept_alive_leaves_no_resident(client: ollama.Client, api: httpx.Client) -> None:
    def held() -> set[str]:
        return {worker["holds"] for worker in api.get("/model_info").json()["engine"]["workers"] if worker["holds"]}

    before = held()
    answer(client, {"role": "user", "content": "What is a forgotten conversation?"}, keep_alive=0)
    assert held() <= before
    answer(client, {"role": "user", "content": "What is a forgotten conversation?"}, keep_alive=60)
    assert not held() <= before


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"options": {"temperature": 3}}, "options.temperature"),
        ({"options": {"num_predict": 1.5}}, "options.num_predict"),
        ({"logprobs": True}, "logprobs"),
        ({"format": {"type": "object", "not": {}}}, "format"),
        ({"messages": [QUESTION | {"images": ["aGVsbG8="]}]}, "messages.0.images"),
        ({"messages": [{"role": "wizard", "content": "a"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(client: ollama.Client, fields: dict[str, Any], name: str) -> None:
    assert refusal(client, **fields).startswith(f"{name}: ")


def test_a_prompt_that_is_too_long_is_refused_with_its_tokens(client: ollama.Client) -> None:
    assert "2048" in refusal(client, {"role": "user", "content": "one two three " * 2000})
    with pytest.raises(ollama.ResponseError, match="2048"):
        list(answer(client, {"role": "user", "content": "one two three " * 2000}, stream=True))
