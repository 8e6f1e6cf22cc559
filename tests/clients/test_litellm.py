"""LiteLLM, the library inside many gateways and agents."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import litellm
import pytest

from .conftest import KEY, MODEL

CLIENT = f"litellm {version('litellm')}"
QUESTION = {"role": "user", "content": "What is machine learning?"}


def options(server: str, **more: Any) -> dict[str, Any]:
    return {"model": f"openai/{MODEL}", "api_base": f"{server}/v1", "api_key": KEY, "temperature": 0} | more


def chat(server: str, *messages: Any, **more: Any) -> Any:
    return litellm.completion(messages=list(messages or [QUESTION]), **options(server, **more))


def test_chat(server: str) -> None:
    answer = chat(server)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_chat_async(server: str) -> None:
    answer = await litellm.acompletion(messages=[QUESTION], **options(server))
    assert answer.choices[0].message.content == chat(server).choices[0].message.content


def test_stream(server: str) -> None:
    *chunks, last = chat(server, stream=True, stream_options={"include_usage": True})
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == chat(server).choices[0].message.content
    assert last.usage.completion_tokens > 5


def test_text_completion(server: str) -> None:
    completion = options(server, model=f"text-completion-openai/{MODEL}", prompt="Machine learning is", max_tokens=5)
    answer = litellm.text_completion(**completion)
    assert answer.choices[0].text
    assert answer.usage.completion_tokens == 5
    chunks = list(litellm.text_completion(**completion, stream=True))
    assert "".join(chunk.choices[0].text or "" for chunk in chunks) == answer.choices[0].text


def test_structured_output(server: str) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": schema}}
    assert '"age"' in chat(server, response_format=form, max_tokens=100).choices[0].message.content


def test_retries(busy_server: str) -> None:
    slow = {"role": "user", "content": "slowly " + "word " * 40}
    running = chat(busy_server, slow, stream=True)
    next(running)
    with pytest.raises(litellm.RateLimitError):
        chat(busy_server, max_retries=0)
    assert chat(busy_server, max_retries=9).choices[0].message.content == QUESTION["content"]


def test_errors(server: str) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    with pytest.raises(litellm.BadRequestError, match="image"):
        chat(server, {"role": "user", "content": [image]})
    with pytest.raises(litellm.ContextWindowExceededError):
        chat(server, {"role": "user", "content": "one two three " * 2000})
