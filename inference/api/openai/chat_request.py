"""The request body of `POST /v1/chat/completions`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inference.api.requests.fields import (
    AnyValue,
    ShortList,
    StrictBoolean,
    StrictString,
    TolerantSerializer,
    WholeNumber,
)
from inference.api.requests.tolerant import transcript
from inference.api.requests.transcripts import Turn
from inference.engine import GenerationRequest
from inference.serving.parameters import MAX_MESSAGES

from .content import turn_of, turns_of
from .request import EFFORT_HELP, ChoicesSerializer, ToolChoiceField, ToolsSerializer, thinks_at


class MessagesField(ShortList):
    """The messages, as turns."""

    child = AnyValue()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty=False, max_length=MAX_MESSAGES, **kwargs)

    def to_internal_value(self, data: Any) -> list[Turn]:
        return turns_of(super().to_internal_value(data), turn_of)


class TemplateVariablesSerializer(TolerantSerializer):
    """Variables for the chat template, as other servers take them. Others are ignored."""

    enable_thinking = StrictBoolean(required=False, help_text="Whether the model thinks before it answers.")
    thinking = StrictBoolean(required=False, help_text="The same, as DeepSeek's templates name it.")


class ChatCompletionSerializer(ToolsSerializer, ChoicesSerializer):
    messages = MessagesField(help_text="The conversation. Its last message is a question, or an answer to continue.")
    max_completion_tokens = WholeNumber(required=False, min_value=-1, help_text="The newer name of max_tokens.")
    functions = AnyValue(required=False, help_text="As tools.")
    function_call = ToolChoiceField(required=False, help_text="As tool_choice.")
    modalities = AnyValue(required=False, help_text='["text"].')
    reasoning_effort = StrictString(required=False, help_text=EFFORT_HELP)
    chat_template_kwargs = TemplateVariablesSerializer(required=False)

    def validate_max_completion_tokens(self, value: int) -> int | None:
        return self.validate_max_tokens(value)

    def validate_modalities(self, value: Any) -> Any:
        if value != ["text"]:
            raise serializers.ValidationError('This model answers in text. Enter ["text"].')
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if (newer := attrs.pop("max_completion_tokens", None)) is not None:
            attrs["max_tokens"] = newer
        grammar = attrs.get("grammar") or attrs.get("response_format")
        return attrs | {"messages": transcript(attrs["messages"], "messages", grammar)}

    @property
    def thinks(self) -> bool | None:
        variables = self.validated_data.get("chat_template_kwargs", {})
        asked: bool | None = variables.get("enable_thinking", variables.get("thinking"))
        return thinks_at(self.validated_data.get("reasoning_effort")) if asked is None else asked

    def generations(self, caller: str) -> list[GenerationRequest]:
        """Return the requests for the choices of the answer. The conversation is kept for its next turn."""
        messages, choices = self.validated_data["messages"], self.validated_data.get("n", 1)
        return [self.choice(index, caller, messages=messages, keep=True) for index in range(choices)]
