"""Chat completions, through OpenAI's own client and a real server."""

from __future__ import annotations

import json
from typing import Any

import httpx
import openai
import pytest

MODEL = "demo-bitnet"
QUESTION = {"role": "user", "content": "What is machine learning?"}
GREEDY: dict[str, Any] = {"model": MODEL, "temperature": 0}


def answer(client: openai.OpenAI, *messages: Any, **options: Any) -> Any:
    return client.chat.completions.create(messages=list(messages or [QUESTION]), **GREEDY | options)


def refusal(client: openai.OpenAI, *messages: Any, **options: Any) -> dict[str, Any]:
    with pytest.raises(openai.BadRequestError) as raised:
        answer(client, *messages, **options)
    assert isinstance(raised.value.body, dict)
    return raised.value.body


def test_an_answer_has_text_reason_and_counts(client: openai.OpenAI, api: httpx.Client) -> None:
    completion = answer(client)
    native = api.post("/generate", json={"prompt": QUESTION["content"], "temperature": 0, "max_tokens": 1000}).json()
    [choice] = completion.choices
    assert choice.message.role == "assistant"
    assert choice.message.annotations == []
    assert choice.message.content == native["generated_text"]
    assert choice.finish_reason == "stop"
    assert (completion.object, completion.model) == ("chat.completion", MODEL)
    assert completion.usage.prompt_tokens == native["tokens_processed"]
    assert completion.usage.completion_tokens == native["tokens_generated"]
    assert completion.usage.total_tokens == native["tokens_processed"] + native["tokens_generated"]


def test_a_stream_has_the_same_text_in_pieces(client: openai.OpenAI) -> None:
    chunks = list(answer(client, stream=True, stream_options={"include_usage": True}))
    whole = answer(client)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert all(chunk.choices[0].delta.role is None for chunk in chunks[1:-1])
    pieces = [chunk.choices[0].delta.content for chunk in chunks[:-1]]
    assert len(pieces) > 1
    assert "".join(piece or "" for piece in pieces) == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 2) + ["stop"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert {(chunk.id, chunk.created, chunk.object) for chunk in chunks} == {
        (chunks[0].id, chunks[0].created, "chat.completion.chunk")
    }


def test_the_wire_ends_with_finish_then_usage_then_done(api: httpx.Client) -> None:
    body = GREEDY | {"messages": [QUESTION], "stream": True, "max_tokens": 3}
    for options in (None, {"include_usage": True}):
        sent = api.post("/v1/chat/completions", json=body | {"stream_options": options}).text
        assert sent.endswith("data: [DONE]\n\n")
        events = [json.loads(line.removeprefix("data: ")) for line in sent.split("\n\n")[:-2]]
        assert ("usage" in events[-1]) == bool(options)
        end = events[-2] if options else events[-1]
        assert end["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "length"}
        assert "id:" not in sent


def test_the_next_turn_reuses_the_conversation(client: openai.OpenAI) -> None:
    first = answer(client)
    turns = [QUESTION, {"role": "assistant", "content": first.choices[0].message.content}]
    second = answer(client, *turns, {"role": "user", "content": "What is Docker?"})
    cached = second.usage.prompt_tokens_details.cached_tokens
    assert cached >= first.usage.prompt_tokens + first.usage.completion_tokens - 1
    assert second.usage.prompt_tokens > cached


def test_messages_as_clients_write_them(client: openai.OpenAI) -> None:
    plain = answer(client, {"role": "system", "content": "Be brief."}, QUESTION)
    parts = [{"type": "text", "text": "What is "}, {"type": "text", "text": "machine learning?"}]
    for messages in (
        [{"role": "developer", "content": "Be brief."}, QUESTION],
        [{"role": "system", "content": "Be brief.", "name": None}, {"role": "user", "content": parts}],
        [{"role": "system", "content": "Be brief."}, QUESTION, {"role": "assistant", "content": ""}],
    ):
        assert answer(client, *messages).choices[0].message.content == plain.choices[0].message.content


def test_calls_of_tools_and_their_results_are_read_as_text(client: openai.OpenAI) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    completion = answer(
        client,
        QUESTION,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "It rains."},
        tools=[{"type": "function", "function": {"name": "weather", "parameters": {}}}],
        tool_choice="auto",
        max_tokens=3,
    )
    assert completion.choices[0].message.content
    assert completion.choices[0].finish_reason == "length"
    assert completion.choices[0].message.tool_calls is None


def test_null_and_unknown_fields_are_ignored(api: httpx.Client) -> None:
    nulls = ("max_tokens", "stop", "seed", "n", "tools", "tool_choice", "response_format", "logit_bias", "stream")
    body = GREEDY | {"messages": [QUESTION], "user": "ada", "metadata": {}, "store": False, "reasoning_effort": "low"}
    body |= dict.fromkeys(nulls) | {"tools": [], "logprobs": False, "parallel_tool_calls": True, "stop": []}
    response = api.post("/v1/chat/completions", json=body)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(("name", "limit"), [("max_tokens", 7), ("max_completion_tokens", 7), ("max_tokens", 7.0)])
def test_the_length_is_exact(client: openai.OpenAI, name: str, limit: float) -> None:
    completion = answer(client, **{name: limit})
    assert completion.usage.completion_tokens == 7
    assert completion.choices[0].finish_reason == "length"


def test_a_length_above_the_limit_is_the_limit(client: openai.OpenAI) -> None:
    assert answer(client, max_tokens=1_000_000).choices[0].finish_reason == "stop"


@pytest.mark.parametrize("stop", ["learn", ["nowhere", "learn", ""]])
def test_an_answer_ends_before_a_stop_string(client: openai.OpenAI, stop: Any) -> None:
    whole = answer(client).choices[0].message.content
    assert answer(client, stop=stop).choices[0].message.content == whole[: whole.index("learn")]


def test_seeds_make_answers_that_can_be_repeated(client: openai.OpenAI) -> None:
    story = {"role": "user", "content": "Tell me a story."}
    hot = {"temperature": 2, "top_p": 1, "max_tokens": 20, "n": 2, "seed": 2**62 - 1}
    first, second = ([choice.message.content for choice in answer(client, story, **hot).choices] for _ in range(2))
    assert first == second
    assert first[0] != first[1]


def test_several_answers_are_streamed_one_after_the_other(client: openai.OpenAI) -> None:
    stream = answer(client, n=2, max_tokens=4, stream=True, stream_options={"include_usage": True})
    *chunks, last = list(stream)
    indices = [chunk.choices[0].index for chunk in chunks]
    assert indices == sorted(indices)
    assert set(indices) == {0, 1}
    assert [chunk.choices[0].finish_reason for chunk in chunks].count("length") == 2
    assert last.usage.completion_tokens == 8


def test_an_answer_is_continued(client: openai.OpenAI) -> None:
    whole = answer(client).choices[0].message.content
    begun = {"role": "assistant", "content": answer(client, max_tokens=8).choices[0].message.content}
    assert begun["content"] + answer(client, QUESTION, begun).choices[0].message.content == whole


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"temperature": 3}, "temperature"),
        ({"n": 99}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"logit_bias": {"1000000": 1}}, "logit_bias"),
        ({"logit_bias": {"1" * 5000: 1}}, "logit_bias"),
        ({"modalities": ["audio"]}, "modalities"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(client: openai.OpenAI, options: dict[str, Any], param: str) -> None:
    error = refusal(client, **options)
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert error["message"].startswith(f"{param}: ")


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a"}}]}, "messages.0.content"),
        ({"role": "wizard", "content": "a"}, "messages.0.role"),
        ({"role": "user", "content": 5}, "messages.0.content"),
        ({"role": "user", "content": " "}, "messages"),
        ("Hello", "messages.0"),
    ],
)
def test_a_message_that_cannot_be_read_is_named(client: openai.OpenAI, message: Any, param: str) -> None:
    assert refusal(client, message)["param"] == param


def test_a_prompt_that_is_too_long_has_the_code_that_clients_look_for(client: openai.OpenAI) -> None:
    for stream in (False, True):
        error = refusal(client, {"role": "user", "content": "one two three " * 2000}, stream=stream)
        assert error["code"] == "context_length_exceeded"
        assert error["n_prompt_tokens"] > error["n_ctx"] == 2048
        assert "exceeds the available context size" in error["message"]  # llama-server's words: LiteLLM looks for them
