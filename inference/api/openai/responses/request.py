"""The request body of `POST /v1/responses`."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inference.api.openai.content import sendable, turns_of
from inference.api.openai.request import EFFORT_HELP, OpenAISerializer, ToolsSerializer, thinks_at
from inference.api.requests.fields import (
    AnyValue,
    ShortList,
    StrictString,
    TolerantSerializer,
    Unsupported,
    WholeNumber,
)
from inference.api.requests.response_format import TYPES, ResponseFormatField, schema_grammar
from inference.api.requests.tolerant import NO_LOGPROBS, transcript
from inference.api.requests.transcripts import Turn
from inference.engine import GenerationRequest
from inference.serving.parameters import MAX_MESSAGES, MAX_PROMPT_CHARS

from .items import turn_of_item


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "maxLength": MAX_PROMPT_CHARS},
            {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": MAX_MESSAGES},
        ]
    }
)
class InputField(ShortList):
    """A question, or the items of a conversation, as turns."""

    child = AnyValue()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty=False, max_length=MAX_MESSAGES, **kwargs)

    def to_internal_value(self, data: Any) -> list[Turn]:
        items = [{"role": "user", "content": data}] if isinstance(data, str) else data
        return turns_of(super().to_internal_value(items), turn_of_item)


@extend_schema_field(
    {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": list(TYPES)}, "schema": {}},
        "required": ["type"],
    }
)
class TextFormatField(ResponseFormatField):
    """The format of the answer, as the grammar that enforces it; empty for text."""

    def to_internal_value(self, data: Any) -> Any:
        sendable(json.dumps(data, ensure_ascii=False))  # the response repeats it
        if isinstance(data, dict) and data.get("type") == "json_schema":
            if "schema" not in data:
                raise serializers.ValidationError("Enter the schema as text.format.schema.")
            return schema_grammar(data["schema"])
        return super().to_internal_value(data)


class TextSerializer(TolerantSerializer):
    format = TextFormatField(required=False, help_text='`{"type": "json_schema", "name": …, "schema": …}`, or text.')


class ReasoningSerializer(TolerantSerializer):
    effort = StrictString(required=False, max_length=20, help_text=EFFORT_HELP)


class ResponseSerializer(ToolsSerializer, OpenAISerializer):
    response_format = None  # type: ignore[assignment]  # DRF's way to remove a field: text.format replaces it

    input = InputField(help_text="A question, or the items of a conversation, of which the last is to be answered.")
    instructions = StrictString(
        required=False, allow_blank=True, max_length=MAX_PROMPT_CHARS, help_text="The system prompt."
    )
    max_output_tokens = WholeNumber(
        required=False, min_value=1, help_text="Maximum number of generated tokens; by default, all that fit."
    )
    text = TextSerializer(required=False, help_text="The format of the answer.")
    reasoning = ReasoningSerializer(required=False)
    include = AnyValue(required=False, help_text="Ignored, but log probabilities are refused.")
    # What OpenAI's service keeps for its clients, and this server does not.
    store = Unsupported("Responses are not stored. Set store to false, or leave it out.")
    background = Unsupported("Responses are not stored, so they cannot be fetched later. Set stream instead.")
    previous_response_id = Unsupported("Responses are not stored. Send the whole conversation as input.")
    conversation = Unsupported("Conversations are not stored. Send the whole conversation as input.")
    prompt = Unsupported("Prompts are not stored. Send their text as instructions.")

    def validate_include(self, value: Any) -> Any:
        if isinstance(value, list) and "message.output_text.logprobs" in value:
            raise serializers.ValidationError(NO_LOGPROBS)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["response_format"] = attrs.get("text", {}).get("format", "")
        attrs = super().validate(attrs)
        turns = [Turn("system", attrs["instructions"])] if "instructions" in attrs else []
        grammar = attrs.get("grammar") or attrs["response_format"]
        return attrs | {"messages": transcript([*turns, *attrs["input"]], "input", grammar)}

    @property
    def thinks(self) -> bool | None:
        return thinks_at(self.validated_data.get("reasoning", {}).get("effort"))

    @property
    def text_format(self) -> dict[str, Any]:
        """The format of the answer as the client described it."""
        text: dict[str, Any] = self.initial_data.get("text") or {}
        return text.get("format") or {"type": "text"}

    def generation_for(self, caller: str) -> GenerationRequest:
        """Return the request to the engine. The conversation is kept for its next turn."""
        values = self.validated_data
        return self.generation(caller, values.get("max_output_tokens"), messages=values["messages"], keep=True)
