"""Bodies made to keep the server busy. All requests share one event loop, so that the work for each is bounded.

Work is counted in calls, which are the same on every machine. Seconds are not.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from rest_framework.exceptions import ParseError

from inference.api import parsers
from inference.api.native.serializers import GenerateSerializer
from inference.api.ollama.chat_request import ChatSerializer
from inference.api.ollama.generate_request import OllamaGenerateSerializer
from inference.api.openai.chat_request import ChatCompletionSerializer
from inference.api.openai.completion_request import CompletionSerializer
from inference.api.openai.responses.request import ResponseSerializer
from inference.api.parsers import MAX_PARTS, JSONParser, TooManyParts
from tests.inference.api.endpoints import ANSWERS, message_of
from tests.inference.api.test_serializers import LIMITS

SERIALIZERS: dict[str, Any] = {
    "/generate": GenerateSerializer,
    "/v1/chat/completions": ChatCompletionSerializer,
    "/v1/completions": CompletionSerializer,
    "/v1/responses": ResponseSerializer,
    "/api/chat": ChatSerializer,
    "/api/generate": OllamaGenerateSerializer,
}
MANY = MAX_PARTS // 4  # as many as a body has room for
MAX_CALLS = 10_000  # of a usual request: about 1,000

MANY_PARTS = {
    "objects": "{},",
    "lists": "[],",
    "numbers": "1,",
    "strings": '"",',
    "keys": '{"a":1},',
    "strings without commas": '""',
}
MANY_VALUES: dict[str, dict[str, Any]] = {
    "unknown fields": {f"field {number}": number for number in range(MANY)},
    "biases": {"logit_bias": {str(number): 1 for number in range(MANY)}},
    "stop strings": {"stop": ["x"] * MANY, "options": {"stop": ["x"] * MANY}},
    "prompts": {"prompt": ["x"] * MANY},
    "tokens as a prompt": {"prompt": [1] * MANY},
    "messages": {"messages": [{}] * MANY, "input": [{}] * MANY},
    "messages that are no objects": {"messages": [1] * MANY, "input": [1] * MANY},
    "choices": {"enum": [""] * MANY, "format": {"enum": [""] * MANY}},
}


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called, those of C included."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("part", MANY_PARTS.values(), ids=MANY_PARTS)
def test_too_many_parts_are_refused_before_any_is_parsed(part: str) -> None:
    body = f"[{part * MAX_PARTS} this is no JSON".encode()
    with pytest.raises(TooManyParts) as refused:
        JSONParser().parse(io.BytesIO(body))
    assert str(MAX_PARTS) in str(refused.value.detail)
    assert calls_of(lambda: parsers._has_too_many_parts(body * 3)) <= MAX_PARTS + 20  # and the rest is not looked at


def test_parts_are_counted_outside_of_strings() -> None:
    text = '[{,"\\' * MAX_PARTS
    for body in ({"prompt": text}, {text: [text] * 2}):
        assert JSONParser().parse(io.BytesIO(json.dumps(body).encode())) == body
    unfinished = b'{"prompt": "' + b"," * MAX_PARTS + b"\\"
    with pytest.raises(ParseError, match="not valid JSON"):
        JSONParser().parse(io.BytesIO(unfinished))


@pytest.mark.parametrize("values", MANY_VALUES.values(), ids=MANY_VALUES)
@pytest.mark.parametrize("path", SERIALIZERS)
def test_checking_many_values_is_little_work(path: str, values: dict[str, Any]) -> None:
    body = ANSWERS[path] | values

    def check() -> None:
        serializer = SERIALIZERS[path](data=body, context={"limits": LIMITS})
        serializer.is_valid()

    check()  # the first call of each path prepares what later ones share
    assert calls_of(check) < MAX_CALLS


@pytest.mark.parametrize("path", ANSWERS)
def test_too_many_parts_are_refused_in_the_shape_of_the_protocol(api: httpx.Client, path: str) -> None:
    body = json.dumps(ANSWERS[path] | {"metadata": [[]] * MAX_PARTS})
    refused = api.post(path, content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 413
    assert str(MAX_PARTS) in message_of(path, refused.json())
