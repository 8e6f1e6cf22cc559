"""LlamaIndex's integration for servers that speak OpenAI's protocol."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

from .conftest import KEY, MODEL

CLIENT = f"llama-index-llms-openai-like {version('llama-index-llms-openai-like')}"
TURNS = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content="What is machine learning?")]


@pytest.fixture
def model(server: str) -> OpenAILike:
    return OpenAILike(model=MODEL, api_base=f"{server}/v1", api_key=KEY, is_chat_model=True, temperature=0)


def test_chat(model: OpenAILike) -> None:
    assert model.chat(TURNS).message.content


async def test_chat_async(model: OpenAILike) -> None:
    assert (await model.achat(TURNS)).message.content == model.chat(TURNS).message.content


def test_stream(model: OpenAILike) -> None:
    chunks = list(model.stream_chat(TURNS))
    assert "".join(chunk.delta or "" for chunk in chunks) == model.chat(TURNS).message.content


def test_complete(model: OpenAILike) -> None:
    model.is_chat_model = False
    model.max_tokens = 5
    text = model.complete("Machine learning is").text
    assert text
    assert "".join(chunk.delta or "" for chunk in model.stream_complete("Machine learning is")) == text
