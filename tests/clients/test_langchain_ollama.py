"""LangChain's tests of its integration for Ollama."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_ollama import ChatOllama

from .conftest import MODEL
from .langchain_abilities import TextModelTests

CLIENT = f"langchain-ollama {version('langchain-ollama')}"


class TestChat(TextModelTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatOllama

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": MODEL, "base_url": self.server, "temperature": 1, "seed": 1, "num_predict": 500}
