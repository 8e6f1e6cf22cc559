"""Completions and models, through OpenAI's own client and a real server."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

MODEL = "demo-bitnet"
PROMPT = "Once upon a"


def complete(client: openai.OpenAI, **options: Any) -> Any:
    return client.completions.create(**{"model": MODEL, "prompt": PROMPT, "temperature": 0, "max_tokens": 12} | options)


def test_a_completion_is_that_of_the_native_api(client: openai.OpenAI, api: httpx.Client) -> None:
    completion = complete(client)
    body = {"prompt": PROMPT, "conversation_mode": False, "temperature": 0, "max_tokens": 12}
    native = api.post("/generate", json=body).json()
    [choice] = completion.choices
    assert (choice.text, choice.finish_reason) == (native["generated_text"], "length")
    assert completion.usage.prompt_tokens == native["tokens_processed"]
    assert completion.usage.completion_tokens == 12
    assert (completion.object, completion.model) == ("text_completion", MODEL)


def test_a_stream_has_the_same_text(client: openai.OpenAI) -> None:
    chunks = list(complete(client, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].text for chunk in chunks[:-1]) == complete(client).choices[0].text
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 2) + ["length"]
    assert (chunks[-1].choices, chunks[-1].usage.completion_tokens) == ([], 12)


def test_several_prompts_have_choices_in_order(client: openai.OpenAI) -> None:
    completion = complete(client, prompt=[PROMPT, "The sky is"], n=2, echo=True, max_tokens=3)
    assert [choice.index for choice in completion.choices] == [0, 1, 2, 3]
    starts = [choice.text.startswith(PROMPT) for choice in completion.choices]
    assert starts == [True, True, False, False]
    streamed = list(complete(client, echo=True, stream=True, max_tokens=3))
    assert "".join(chunk.choices[0].text for chunk in streamed) == completion.choices[0].text


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"prompt": [1, 2]}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"suffix": "end"}, "suffix"),
        ({"best_of": 3}, "best_of"),
        ({"n": 5, "prompt": ["a", "b"]}, "n"),
        ({"logprobs": 3}, "logprobs"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(client: openai.OpenAI, options: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        complete(client, **options)
    assert raised.value.param == param


def test_the_models_can_be_listed_and_asked_for(client: openai.OpenAI) -> None:
    [model] = client.models.list()
    assert (model.id, model.object, model.owned_by) == (MODEL, "model", "local")
    assert model.created > 1_700_000_000
    assert client.models.retrieve(MODEL) == model
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.retrieve("openai/gpt-4")
    assert raised.value.code == "model_not_found"


@pytest.mark.parametrize("name", ["", "default", "gpt-4o-mini", "demo-bitnet.gguf"])
def test_names_that_clients_come_with_mean_the_default_model(client: openai.OpenAI, name: str) -> None:
    assert complete(client, model=name, max_tokens=1).model == MODEL


def test_an_unknown_model_is_not_found_and_the_error_lists_those_that_are_served(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="demo-bitnet") as raised:
        complete(client, model="llama3")
    assert (raised.value.code, raised.value.param, raised.value.type) == (
        "model_not_found",
        "model",
        "invalid_request_error",
    )
