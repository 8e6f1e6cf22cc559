"""LangChain's own tests of a chat model, with its integration for OpenAI."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from langchain_tests.integration_tests import ChatModelIntegrationTests

from .conftest import KEY, MODEL

CLIENT = f"langchain-openai {version('langchain-openai')}"


class TestChat(ChatModelIntegrationTests):
    """Says what the server supports. Images, audio and PDF files are not, which is the default."""

    @pytest.fixture(autouse=True)
    def address(self, server: str) -> None:
        self.base_url = f"{server}/v1"

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": MODEL, "base_url": self.base_url, "api_key": KEY, "stream_usage": True}

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_tool_choice(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return True

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "json_schema"}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return False  # one model is served

    @property
    def supported_usage_metadata_details(self) -> dict[str, Any]:
        return {"invoke": ["cache_read_input"], "stream": ["cache_read_input"]}

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> Any:
        model = self.chat_model_class(**self.standard_chat_model_params | self.chat_model_params)
        question = "What is machine learning?"
        model.invoke(question)
        if not stream:
            return model.invoke(question)
        first, *others = model.stream(question)
        return sum(others, first)
