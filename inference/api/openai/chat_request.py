"""The request body of `POST /v1/chat/completions`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inference.api.requests.fields import AnyValue, StrictBoolean, StrictString, TolerantSerializer, WholeNumber
from inference.api.requests.validation import continuation_error
from inference.engine import GenerationRequest, Message
from inference.serving.parameters import MAX_MESSAGES

from .content import transcript_of, turn_of, turns_of
from .request import ChoicesSerializer, ToolChoiceField


class MessagesField(serializers.ListField):
    """The messages, as the engine's transcript."""

    child = AnyValue()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty=False, max_length=MAX_MESSAGES, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return transcript_of(turns_of(super().to_internal_value(data), turn_of))


class TemplateVariablesSerializer(TolerantSerializer):
    """Variables for the chat template, as other servers take them. Others are ignored."""

    enable_thinking = StrictBoolean(required=False, help_text="Whether the model thinks before it answers.")
    thinking = StrictBoolean(required=False, help_text="The same, as DeepSeek's templates name it.")


class ChatCompletionSerializer(ChoicesSerializer):
    messages = MessagesField(help_text="The conversation. Its last message is a question, or an answer to continue.")
    max_completion_tokens = WholeNumber(required=False, min_value=-1, help_text="The newer name of max_tokens.")
    tools = AnyValue(required=False, help_text="Accepted, but never called: the model answers in text.")
    tool_choice = ToolChoiceField(required=False, help_text='"auto" or "none".')
    functions = AnyValue(required=False, help_text="As tools.")
    function_call = ToolChoiceField(required=False, help_text="As tool_choice.")
    parallel_tool_calls = StrictBoolean(required=False, help_text="Ignored.")
    modalities = AnyValue(required=False, help_text='["text"].')
    reasoning_effort = StrictString(
        required=False,
        help_text='"none": the model does not think before it answers, if its chat template lets requests decide that. '
        "Others: it thinks.",
    )
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
        messages: tuple[Message, ...] = attrs["messages"]
        if error := continuation_error(messages[-1].role, attrs.get("grammar") or attrs.get("response_format")):
            raise serializers.ValidationError({"messages": error})
        return attrs

    @property
    def thinks(self) -> bool | None:
        variables, effort = (
            self.validated_data.get("chat_template_kwargs", {}),
            self.validated_data.get("reasoning_effort"),
        )
        asked = variables.get("enable_thinking", variables.get("thinking"))
        return asked if asked is not None else None if effort is None else effort != "none"

    def generations(self, caller: str) -> list[GenerationRequest]:
        """Return the requests for the choices of the answer. The conversation is kept for its next turn."""
        messages, choices = self.validated_data["messages"], self.validated_data.get("n", 1)
        return [self.choice(index, caller, messages=messages, keep=True) for index in range(choices)]
