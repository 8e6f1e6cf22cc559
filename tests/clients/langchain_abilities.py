"""LangChain's own tests of a chat model, with what this server supports."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests


class TextModelTests(ChatModelIntegrationTests):
    """Text and structured output. Images, audio and PDF files are off by default."""

    @pytest.fixture(autouse=True)
    def address(self, server: str) -> None:
        self.server = server

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

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        model = self.chat_model_class(**self.standard_chat_model_params | self.chat_model_params)
        question = "What is machine learning?"
        model.invoke(question)
        if not stream:
            return model.invoke(question)
        first, *others = model.stream(question)
        return sum(others, first)
