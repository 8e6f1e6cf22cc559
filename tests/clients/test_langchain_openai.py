"""LangChain's tests of its integration for OpenAI."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI

from .conftest import KEY, MODEL
from .langchain_abilities import TextModelTests

CLIENT = f"langchain-openai {version('langchain-openai')}"
QUOTE = 1  # the token that ends a string: favoured, because the demo model does not find an end of its own


class TestChat(TextModelTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        address = {"model": MODEL, "base_url": f"{self.server}/v1", "api_key": KEY}
        return address | {"stream_usage": True, "logit_bias": {QUOTE: 8}}

    @property
    def supported_usage_metadata_details(self) -> dict[str, Any]:
        return {"invoke": ["cache_read_input"], "stream": ["cache_read_input"]}


class TestResponses(TestChat):
    """The same through `/v1/responses`, where the bias is an extension of this server."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        address = {"model": MODEL, "base_url": f"{self.server}/v1", "api_key": KEY}
        return address | {"use_responses_api": True, "extra_body": {"logit_bias": {QUOTE: 8}}}
