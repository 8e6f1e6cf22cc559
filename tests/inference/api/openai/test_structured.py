"""Structured output, through OpenAI's own client, with the demo model, which was never trained for JSON."""

from __future__ import annotations

import json
from typing import Any, Literal

import jsonschema
import openai
import pydantic
import pytest

from tests.engine_processes import SOAK
from tests.inference.engine.grammars.schemas import PERSON

ANSWERS = 200 if SOAK else 10
QUESTION: Any = {"role": "user", "content": "Describe a cat."}
SCHEMA: Any = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}


class Pet(pydantic.BaseModel):
    kind: Literal["cat", "dog"]
    lives: int = pydantic.Field(ge=1, le=9)
    names: list[Literal["Tom", "Kit"]] = pydantic.Field(max_length=2)


def answer(client: openai.OpenAI, *messages: Any, **options: Any) -> Any:
    options = {"model": "demo-bitnet", "temperature": 1, "max_tokens": 800} | options
    return client.chat.completions.create(messages=list(messages or [QUESTION]), **options).choices[0]


def test_every_answer_is_of_the_schema(client: openai.OpenAI) -> None:
    """The schema limits every text: where it does not, this model often writes on until it is cut."""
    for _ in range(ANSWERS):
        choice = answer(client, response_format=SCHEMA)
        assert choice.finish_reason == "stop"
        jsonschema.validate(json.loads(choice.message.content), PERSON)


def test_any_object(client: openai.OpenAI) -> None:
    choice = answer(client, response_format={"type": "json_object"}, temperature=0)
    assert choice.finish_reason == "length" or isinstance(json.loads(choice.message.content), dict)


def test_a_model_of_pydantic_is_parsed(client: openai.OpenAI) -> None:
    completion = client.chat.completions.parse(model="demo-bitnet", messages=[QUESTION], response_format=Pet)
    assert isinstance(completion.choices[0].message.parsed, Pet)


def test_a_conversation_keeps_its_format_and_its_process(client: openai.OpenAI) -> None:
    options = {"response_format": SCHEMA}
    first = answer(client, **options)
    turns = [
        QUESTION,
        {"role": "assistant", "content": first.message.content},
        {"role": "user", "content": "And a dog?"},
    ]
    second = client.chat.completions.create(model="default", messages=turns, max_tokens=800, temperature=1, **options)
    jsonschema.validate(json.loads(second.choices[0].message.content), PERSON)
    assert second.usage.prompt_tokens_details.cached_tokens > 0


def test_a_grammar_is_followed(client: openai.OpenAI) -> None:
    choice = answer(client, extra_body={"grammar": 'root ::= ("yes" | "no") "!"'})
    assert choice.message.content in ("yes!", "no!")


@pytest.mark.parametrize(
    ("response_format", "message"),
    [
        ({"type": "yaml"}, "text, json_object, json_schema"),
        ({"type": "json_schema"}, "json_schema.schema"),
        ({"type": "text", "json_schema": {}}, "json_schema.schema"),
        (
            {"type": "json_schema", "json_schema": {"name": "a", "schema": {"properties": {"a": {"not": {}}}}}},
            "properties.a.not is not supported",
        ),
    ],
)
def test_what_cannot_be_enforced_is_refused(client: openai.OpenAI, response_format: Any, message: str) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        answer(client, response_format=response_format)
    assert raised.value.param == "response_format"
    assert message in str(raised.value)


def test_a_grammar_that_does_not_compile_is_refused_with_the_reason(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Undefined rule identifier") as raised:
        answer(client, extra_body={"grammar": "root ::= nothing"})
    assert raised.value.code == "grammar_invalid"


def test_a_grammar_that_would_take_all_memory_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        answer(client, extra_body={"grammar": 'root ::= (("a"{1000}){1000}){1000}'})
    assert raised.value.param == "grammar"


def test_an_answer_is_not_continued_under_a_grammar(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        answer(client, QUESTION, {"role": "assistant", "content": "{"}, response_format={"type": "json_object"})
    assert raised.value.param == "messages"
