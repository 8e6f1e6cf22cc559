"""The request body of `POST /api/chat`."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from inference.api.requests.fields import AnyValue, StrictString, TolerantSerializer, Unsupported
from inference.api.requests.tolerant import TOOLS_HELP, transcript
from inference.api.requests.transcripts import ROLES, Turn, with_calls
from inference.engine import GenerationRequest
from inference.serving.parameters import MAX_MESSAGES, MAX_PROMPT_CHARS

from .request import NO_IMAGES, OllamaSerializer

OLLAMA_ROLES: Final = ("system", "user", "assistant", "tool")


class OllamaTurnSerializer(TolerantSerializer):
    """A message as a turn."""

    role = serializers.ChoiceField(OLLAMA_ROLES)
    content = StrictString(required=False, max_length=MAX_PROMPT_CHARS, allow_blank=True)
    thinking = StrictString(
        required=False,
        max_length=MAX_PROMPT_CHARS,
        allow_blank=True,
        help_text="What the model thought before it answered. It sees that if its chat template renders it.",
    )
    images = Unsupported(NO_IMAGES)
    tool_calls = AnyValue(required=False, help_text="Read as text.")

    def validate(self, attrs: dict[str, Any]) -> Any:
        text = with_calls(attrs.get("content", ""), attrs.get("tool_calls"))
        return Turn(ROLES[attrs["role"]], text, attrs.get("thinking", "") if attrs["role"] == "assistant" else "")


class ChatSerializer(OllamaSerializer):
    messages = OllamaTurnSerializer(  # type: ignore[call-arg]  # max_length is for the list that many=True makes
        many=True,
        required=False,
        max_length=MAX_MESSAGES,
        help_text="The conversation. Its last message is a question, or an answer to continue. Without messages, the "
        "response says that the model is loaded.",
    )
    tools = AnyValue(required=False, help_text=TOOLS_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (turns := attrs.get("messages")):
            return attrs
        return attrs | {"messages": transcript(turns, "messages", attrs.get("format"))}

    @property
    def loads(self) -> bool:
        return not self.validated_data.get("messages")

    def request(self, caller: str) -> GenerationRequest:
        """Return the request for the engine."""
        return self.generation(caller, messages=self.validated_data["messages"], keep=self.keeps)
