"""The request body of `POST /api/chat`."""

from __future__ import annotations

import json
from typing import Any, Final

from rest_framework import serializers

from inference.api.requests.fields import AnyValue, StrictString, TolerantSerializer
from inference.api.requests.transcripts import Turn, engine_messages
from inference.api.requests.validation import continuation_error, length_error
from inference.engine import GenerationRequest
from inference.serving import configuration
from inference.serving.parameters import MAX_MESSAGES, MAX_PROMPT_CHARS

from .request import ImagesField, OllamaSerializer

# Roles as the engine knows them. The model gets results of tools as messages of the user.
ROLES: Final = {"system": "system", "user": "user", "assistant": "assistant", "tool": "user"}


class OllamaTurnSerializer(TolerantSerializer):
    """A message as a turn."""

    role = serializers.ChoiceField(list(ROLES))
    content = StrictString(required=False, max_length=MAX_PROMPT_CHARS, allow_blank=True)
    thinking = StrictString(
        required=False,
        max_length=MAX_PROMPT_CHARS,
        allow_blank=True,
        help_text="What the model thought before it answered. It sees that if its chat template renders it.",
    )
    images = ImagesField()
    tool_calls = AnyValue(required=False, help_text="Read as text.")

    def validate(self, attrs: dict[str, Any]) -> Any:
        text = attrs.get("content", "")
        if calls := attrs.get("tool_calls"):
            text = f"{text}\n{json.dumps(calls, ensure_ascii=False)}".lstrip("\n")
        return Turn(ROLES[attrs["role"]], text, attrs.get("thinking", "") if attrs["role"] == "assistant" else "")


class ChatSerializer(OllamaSerializer):
    messages = OllamaTurnSerializer(  # type: ignore[call-arg]  # max_length is for the list that many=True makes
        many=True,
        required=False,
        max_length=MAX_MESSAGES,
        help_text="The conversation. Its last message is a question, or an answer to continue. Without messages, the "
        "response says that the model is loaded.",
    )
    tools = AnyValue(required=False, help_text="Accepted, but never called: the model answers in text.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (turns := attrs.get("messages")):
            return attrs
        messages = engine_messages(turns, configuration.current().system_prompt)
        error = next(
            filter(None, (length_error(message.content) or length_error(message.reasoning) for message in messages)),
            None,
        )
        if not any(message.role != "system" for message in messages):
            error = "Enter at least one message of the user with a text."
        if error := error or continuation_error(messages[-1].role, attrs.get("format")):
            raise serializers.ValidationError({"messages": error})
        return attrs | {"messages": messages}

    @property
    def loads(self) -> bool:
        return not self.validated_data.get("messages")

    def request(self, caller: str) -> GenerationRequest:
        """Return the request for the engine."""
        return self.generation(caller, messages=self.validated_data["messages"], keep=self.keeps)
