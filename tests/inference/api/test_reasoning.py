"""The thought of an answer in every protocol, at a server whose model thinks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import ollama
import openai
import pytest

from tests.inference.api.ollama.conftest import client_of as ollama_client
from tests.inference.api.openai.conftest import client_of as openai_client
from tests.server import Server
from tests.thinking_templates import BITNET_THINKS

THOUGHT, ANSWER = "It asks for an echo.", "I heard: Be brief. | One"
SWITCH = "{{ '<think></think>' if enable_thinking is false else '' }}{% endif %}"
TEMPLATE = BITNET_THINKS.removesuffix("{% endif %}") + SWITCH
ASKED: dict[str, Any] = {"model": "demo-bitnet", "messages": [{"role": "user", "content": "One"}]}
NATIVE = {"prompt": "One", "system_prompt": "Be brief."}
TURNS = [
    {"role": "user", "content": "One"},
    {"role": "assistant", "content": "I heard: One", "reasoning_content": THOUGHT},
    {"role": "user", "content": "Two"},
]


@pytest.fixture(scope="module")
def thinking(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    settings = {
        "LLAMA_CLI": str(fake_cli),
        "LLAMA_ARGS": f"--fake 'thinks={THOUGHT}'",
        "CHAT_TEMPLATE": TEMPLATE,
        "DEFAULT_SYSTEM_PROMPT": "Be brief.",
        "KEEP_API_TEXTS": "true",
    }
    with Server(tmp_path_factory.mktemp("thinking"), **settings) as server:
        server.wait_for_health()
        yield server


@pytest.fixture(scope="module")
def http(thinking: Server) -> Iterator[httpx.Client]:
    with thinking.client() as client:
        yield client


@pytest.fixture(scope="module")
def client(thinking: Server) -> Iterator[openai.OpenAI]:
    with openai_client(thinking) as client:
        yield client


@pytest.fixture(scope="module")
def ollama_at(thinking: Server) -> Iterator[ollama.Client]:
    with ollama_client(thinking) as client:
        yield client


def events(stream: str) -> list[tuple[str, Any]]:
    pieces = [piece.split("\ndata: ") for piece in stream.split("\n\n") if piece.startswith("event: ")]
    return [(name.removeprefix("event: "), json.loads(data)) for name, data in pieces]


def test_the_native_api_has_the_thought_apart_from_the_answer(http: httpx.Client) -> None:
    body = http.post("/generate", json=NATIVE | {"details": True}).json()
    assert (body["reasoning"], body["generated_text"]) == (THOUGHT, ANSWER)
    assert 0 < body["reasoning_tokens"] < body["tokens_generated"]
    unthinking = http.post("/generate", json=NATIVE | {"think": False, "details": True}).json()
    assert "reasoning" not in unthinking
    assert unthinking["reasoning_tokens"] == 0


def test_the_native_stream_has_reasoning_events(http: httpx.Client) -> None:
    stream = events(http.post("/generate", json=NATIVE | {"stream": True}).text)
    names = [name for name, _ in stream if name != "queued"]
    assert names == sorted(names, key=["reasoning", "text", "done"].index)
    thought, text = ("".join(data["text"] for name, data in stream if name == each) for each in ("reasoning", "text"))
    assert (thought, text) == (THOUGHT, ANSWER)
    assert (stream[-1][1]["reasoning"], stream[-1][1]["generated_text"]) == (THOUGHT, ANSWER)


def test_a_thought_is_continued(http: httpx.Client) -> None:
    turns = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "", "reasoning": "It asks"}]
    body = http.post("/generate", json={"messages": turns, "system_prompt": "Be brief."}).json()
    assert (body["reasoning"], body["generated_text"]) == (" for an echo.", ANSWER)
    turns = [{"role": "user", "content": "One", "reasoning": "I wonder"}]
    refused = http.post("/generate", json={"messages": turns})
    assert (refused.status_code, refused.json()["fields"].keys()) == (400, {"messages.0.reasoning"})


def test_chat_completions_have_reasoning_content(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**ASKED)
    message = answer.choices[0].message
    assert (message.reasoning_content, message.content) == (THOUGHT, ANSWER)  # type: ignore[attr-defined]
    assert answer.usage and answer.usage.completion_tokens_details
    assert 0 < (answer.usage.completion_tokens_details.reasoning_tokens or 0) < answer.usage.completion_tokens
    thought = text = ""
    for chunk in client.chat.completions.create(**ASKED, stream=True):
        delta = chunk.choices[0].delta
        piece = getattr(delta, "reasoning_content", None) or ""
        assert not (piece and text)
        thought, text = thought + piece, text + (delta.content or "")
    assert (thought, text) == (THOUGHT, ANSWER)


@pytest.mark.parametrize("option", [{"reasoning_effort": "none"}, {"chat_template_kwargs": {"enable_thinking": False}}])
def test_a_chat_completion_can_do_without_a_thought(option: dict[str, Any], http: httpx.Client) -> None:
    counted = [http.post("/v1/chat/completions", json=ASKED | each).json()["usage"] for each in ({}, option)]
    assert counted[0]["completion_tokens_details"]["reasoning_tokens"] > 0
    assert counted[1]["completion_tokens_details"]["reasoning_tokens"] == 0


def test_a_thought_that_the_template_leaves_out_changes_nothing_in_the_next_turn(http: httpx.Client) -> None:
    forgotten = [{name: turn[name] for name in ("role", "content")} for turn in TURNS]
    answers = [
        http.post("/v1/chat/completions", json=ASKED | {"messages": turns}).json() for turns in (TURNS, forgotten)
    ]
    assert len({answer["usage"]["prompt_tokens"] for answer in answers}) == 1
    assert answers[0]["choices"][0]["message"]["content"] == "I heard: Be brief. | One | Two"


def test_completions_are_raw(client: openai.OpenAI) -> None:
    answer = client.completions.create(model="demo-bitnet", prompt="User: One<|eot_id|>", max_tokens=20)
    assert f"<think>\n{THOUGHT}\n</think>" in answer.choices[0].text


def test_responses_have_a_reasoning_item(client: openai.OpenAI) -> None:
    response = client.responses.create(model="demo-bitnet", input="One")
    thought, message = response.output
    assert (thought.type, message.type) == ("reasoning", "message")
    assert [part.text for part in thought.content] == [THOUGHT]
    assert response.output_text == ANSWER
    assert response.usage and 0 < response.usage.output_tokens_details.reasoning_tokens < response.usage.output_tokens
    sent_back = [{"role": "user", "content": "One"}, *(item.model_dump() for item in response.output)]
    question = {"role": "user", "content": "Two"}
    again = client.responses.create(model="demo-bitnet", input=[*sent_back, question])  # type: ignore[list-item]
    assert again.output_text == "I heard: Be brief. | One | Two"


def test_a_streamed_response_has_an_item_for_the_thought_and_one_for_the_message(client: openai.OpenAI) -> None:
    stream = list(client.responses.create(model="demo-bitnet", input="One", stream=True))
    assert [event.sequence_number for event in stream] == list(range(len(stream)))
    kinds = [event.type.removeprefix("response.") for event in stream]
    assert list(dict.fromkeys(kinds)) == [
        *("created", "in_progress", "output_item.added", "content_part.added", "reasoning_text.delta"),
        *("reasoning_text.done", "content_part.done", "output_item.done", "output_text.delta", "output_text.done"),
        "completed",
    ]
    added = [event.item.type for event in stream if event.type == "response.output_item.added"]
    assert added == ["reasoning", "message"]
    deltas = {event.output_index: "" for event in stream if event.type.endswith("_text.delta")}
    for event in stream:
        if event.type.endswith("_text.delta"):
            deltas[event.output_index] += event.delta
    assert deltas == {0: THOUGHT, 1: ANSWER}


def test_ollama_has_the_thought_as_thinking(ollama_at: ollama.Client) -> None:
    answer = ollama_at.chat(**ASKED)
    assert (answer.message.thinking, answer.message.content) == (THOUGHT, ANSWER)
    pieces = list(ollama_at.chat(**ASKED, think=True, stream=True))
    assert "".join(piece.message.thinking or "" for piece in pieces) == THOUGHT
    assert "".join(piece.message.content or "" for piece in pieces) == ANSWER
    assert ollama_at.chat(**ASKED, think=False).message.thinking is None
    generated = ollama_at.generate("demo-bitnet", "One")
    assert (generated.thinking, generated.response) == (THOUGHT, ANSWER)
    again = ollama_at.generate("demo-bitnet", "Two", context=generated.context)
    assert again.response == "I heard: Be brief. | One | Two"
    assert ollama_at.show("demo-bitnet").capabilities == ["completion", "thinking"]
