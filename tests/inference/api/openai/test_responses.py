"""Responses, through OpenAI's own client and a real server."""

from __future__ import annotations

import json
from typing import Any, Literal

import httpx
import openai
import pydantic
import pytest

MODEL = "demo-bitnet"
QUESTION = "What is machine learning?"


class Pet(pydantic.BaseModel):
    kind: Literal["cat", "dog"]
    lives: int = pydantic.Field(ge=1, le=9)


def respond(client: openai.OpenAI, **options: Any) -> Any:
    return client.responses.create(**{"model": MODEL, "input": QUESTION, "temperature": 0} | options)


def refusal(client: openai.OpenAI, **options: Any) -> dict[str, Any]:
    with pytest.raises(openai.BadRequestError) as raised:
        respond(client, **options)
    assert isinstance(raised.value.body, dict)
    return raised.value.body


def test_a_response_has_text_status_and_counts(client: openai.OpenAI, api: httpx.Client) -> None:
    response = respond(client, instructions="Be brief.")
    body = {"prompt": QUESTION, "system_prompt": "Be brief.", "temperature": 0, "max_tokens": 1000}
    native = api.post("/generate", json=body).json()
    assert response.output_text == native["generated_text"]
    assert (response.object, response.model, response.status) == ("response", MODEL, "completed")
    assert (response.store, response.previous_response_id, response.error) == (False, None, None)
    assert response.instructions == "Be brief."
    assert response.usage.input_tokens == native["tokens_processed"]
    assert response.usage.output_tokens == native["tokens_generated"]
    assert response.usage.total_tokens == native["tokens_processed"] + native["tokens_generated"]
    [message] = response.output
    assert message.id.removeprefix("msg_") == response.id.removeprefix("resp_")
    assert (message.type, message.role, message.status) == ("message", "assistant", "completed")


def test_a_stream_has_the_typed_events_in_order(client: openai.OpenAI) -> None:
    events = list(respond(client, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type.removeprefix("response.") for event in events]
    deltas = kinds.count("output_text.delta")
    assert deltas
    assert kinds == [
        *("created", "in_progress", "output_item.added", "content_part.added"),
        *["output_text.delta"] * deltas,
        *("output_text.done", "content_part.done", "output_item.done", "completed"),
    ]
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    whole = respond(client)
    last = events[-1].response
    assert text == events[-4].text == events[-3].part.text == events[-2].item.content[0].text == last.output_text
    assert last.output_text == whole.output_text
    assert last.usage.output_tokens == whole.usage.output_tokens
    assert {event.response.id for event in events if hasattr(event, "response")} == {last.id}
    assert {event.item_id for event in events if hasattr(event, "item_id")} == {last.output[0].id}


def test_the_wire_names_each_event_twice(api: httpx.Client) -> None:
    sent = api.post("/v1/responses", json={"input": QUESTION, "stream": True, "max_output_tokens": 3}).text
    assert sent.endswith("\n\n")
    for event in sent.removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        assert name == f"event: {json.loads(data.removeprefix('data: '))['type']}"


def test_a_response_that_was_cut_is_incomplete(client: openai.OpenAI) -> None:
    response = respond(client, max_output_tokens=4)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert (response.output[0].status, response.usage.output_tokens) == ("incomplete", 4)
    *_, last = respond(client, max_output_tokens=4, stream=True)
    assert last.type == "response.incomplete"
    assert last.response.output_text == response.output_text


def test_the_stream_helper_of_the_client(client: openai.OpenAI) -> None:
    with client.responses.stream(model=MODEL, input=QUESTION, temperature=0) as stream:
        assert stream.get_final_response().output_text == respond(client).output_text


def test_the_next_turn_reuses_the_conversation(client: openai.OpenAI) -> None:
    """The output of the first response becomes input as it is, as the client's documentation shows it."""
    turns: list[Any] = [{"role": "user", "content": QUESTION}]
    first = respond(client, input=turns)
    turns += first.output
    turns.append({"role": "user", "content": [{"type": "input_text", "text": "What is Docker?"}]})
    second = respond(client, input=turns)
    assert second.usage.input_tokens_details.cached_tokens >= first.usage.total_tokens - 1
    assert second.usage.input_tokens > second.usage.input_tokens_details.cached_tokens


def test_items_as_clients_write_them(client: openai.OpenAI) -> None:
    plain = respond(client, instructions="Be brief.")
    system = {"role": "developer", "content": "Be brief."}
    question = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": QUESTION}]}
    reasoning = {"type": "reasoning", "id": "rs_1", "summary": []}
    for options in (
        {"input": [system, question]},
        {"input": [question, reasoning], "instructions": "Be brief.", "store": False, "truncation": "auto"},
    ):
        assert respond(client, **options).output_text == plain.output_text


def test_calls_of_tools_and_their_results_are_read_as_text(client: openai.OpenAI) -> None:
    tool = {"type": "function", "name": "weather", "parameters": {}, "strict": False}
    items = [
        {"role": "user", "content": QUESTION},
        {"type": "function_call", "call_id": "1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": "It rains."},
    ]
    response = respond(client, input=items, tools=[tool], tool_choice="auto", max_output_tokens=3)
    assert [item.type for item in response.output] == ["message"]
    without = respond(client, input=items[:1], max_output_tokens=3)
    assert response.usage.input_tokens > without.usage.input_tokens + 10


def test_the_text_has_the_format(client: openai.OpenAI) -> None:
    response = client.responses.parse(model=MODEL, input="Describe a cat.", text_format=Pet)
    assert isinstance(response.output_parsed, Pet)
    assert response.text.format.type == "json_schema"
    assert respond(client, text={"format": {"type": "text"}}).output_text == respond(client).output_text


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"store": True}, "store"),
        ({"background": True}, "background"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"text": {"format": {"type": "json_schema", "name": "a"}}}, "text.format"),
        ({"text": {"format": {"type": "json_schema", "name": "\ud800", "schema": {}}}}, "text.format"),
        ({"input": " "}, "input"),
        ({"input": []}, "input"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input.0.type"),
        ({"input": [{"type": "computer_call"}]}, "input.0.type"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "a"}]}]}, "input.0.content"),
        ({"input": [{"type": "function_call_output", "output": 5}]}, "input.0.output"),
        ({"input": [{"type": "function_call", "name": "\ud800"}]}, "input.0.arguments"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(api: httpx.Client, options: dict[str, Any], param: str) -> None:
    body = json.dumps({"input": QUESTION} | options)
    response = api.post("/v1/responses", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


def test_a_prompt_that_is_too_long_has_the_code_that_clients_look_for(client: openai.OpenAI) -> None:
    error = refusal(client, input="one two three " * 2000)
    assert (error["code"], error["param"]) == ("context_length_exceeded", "input")
