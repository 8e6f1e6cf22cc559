"""Validate an exported conversation: its fields, and the tree of its messages."""

from __future__ import annotations

import math
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from chat.answers.receipt import PHASES, Receipt
from chat.conversations.branches import Tree
from chat.conversations.files import characters, files_field
from chat.conversations.serializers import Line, SettingsSerializer, TagsList
from chat.models import MAX_ANSWER_CHARS, MAX_RUNS, MAX_TITLE, Message
from inference.api.requests.fields import StrictBoolean, StrictSerializer, StrictString
from inference.serving.parameters import MAX_PROMPT_CHARS

MAX_ERROR_CHARS: Final = 10_000
MAX_MESSAGES: Final = 10_000  # of a conversation
MAX_RECEIPT_CHARS: Final = 300  # of a string in a receipt
MAX_NUMBER: Final = 2**53  # browsers represent integers exactly up to here

Role = Message.Role
Status = Message.Status


class ReceiptField(serializers.Field[Any, Any, Any, Any]):
    """A receipt with exactly its fields: strings, numbers and nulls as the page shows them."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValidationError("Expected an object: a receipt.")
        if unknown := data.keys() - Receipt.__annotations__.keys():
            raise ValidationError(f"Unknown field {min(unknown)}. Known are: {', '.join(Receipt.__annotations__)}.")
        if missing := Receipt.__required_keys__ - data.keys():
            raise ValidationError(f"Expected {min(missing)} in a receipt.")
        for name, value in data.items():
            if name == "timings":
                if not isinstance(value, dict) or not all(map(_is_timing, value.items())):
                    raise ValidationError("timings: expected seconds by name.")
            elif name in ("at", "model", "finish_reason"):
                if not _is_word(value):
                    raise ValidationError(f"{name}: expected a string of at most {MAX_RECEIPT_CHARS} characters.")
            elif not _is_number(value) and (value is not None or name in ("prompt_tokens", "generated_tokens")):
                raise ValidationError(f"{name}: expected a number.")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_RECEIPT_CHARS and value.isprintable()


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= MAX_NUMBER and not math.isnan(value)


def _is_timing(timing: tuple[str, Any]) -> bool:
    return timing[0] in PHASES and _is_number(timing[1])


class LongText(StrictString):
    """Refuses lone surrogates like other strings, but faster: a file has millions of characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [
            each for each in self.validators if not isinstance(each, ProhibitSurrogateCharactersValidator)
        ]

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValidationError("Lone surrogates (half a character) are not allowed.") from None
        return text


class ErrorFields(StrictSerializer):
    code = StrictString(max_length=40)
    detail = StrictString(max_length=MAX_ERROR_CHARS, allow_blank=True)


class MessageFields(StrictSerializer):
    id = serializers.UUIDField()
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # hides DRF's attribute of this name
    role = serializers.ChoiceField(Role.choices)
    status = serializers.ChoiceField(Status.choices)
    text = LongText(max_length=MAX_ANSWER_CHARS, allow_blank=True)
    files = files_field(default=list)
    reasoning = LongText(max_length=MAX_ANSWER_CHARS, allow_blank=True, default="")
    edited = StrictBoolean(default=False)
    created_at = serializers.DateTimeField()
    error = ErrorFields(allow_null=True, default=None)
    runs = serializers.ListField(child=ReceiptField(), max_length=MAX_RUNS, default=list)
    window_start = serializers.UUIDField(allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["role"] == Role.USER:
            of_an_answer = any(attrs[name] for name in ("error", "runs", "reasoning", "edited"))
            if attrs["status"] != Status.COMPLETE or of_an_answer:
                raise ValidationError("A question must be complete and not edited, without error, runs and reasoning.")
            if not attrs["text"].strip() or characters(attrs["text"], attrs["files"]) > MAX_PROMPT_CHARS:
                raise ValidationError(f"A question must have 1 to {MAX_PROMPT_CHARS} characters, its files included.")
        elif attrs["files"]:
            raise ValidationError("An answer has no files.")
        if attrs["status"] == Status.GENERATING:
            attrs["status"] = Status.INTERRUPTED.value
        return attrs


class ConversationFields(StrictSerializer):
    id = serializers.UUIDField()
    title = Line(max_length=MAX_TITLE)
    pinned = StrictBoolean()
    tags = TagsList(default=list)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    settings = SettingsSerializer(default=dict)
    leaf = serializers.UUIDField(allow_null=True, default=None)
    messages = MessageFields(many=True, max_length=MAX_MESSAGES)  # type: ignore[call-arg]  # the list's, with `many`

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        messages = attrs["messages"]
        by_id = {message["id"]: message for message in messages}
        if len(by_id) < len(messages):
            raise ValidationError({"messages": "Two messages have the same id."})
        for at, message in enumerate(messages):
            if problem := _problem(message, by_id):
                raise ValidationError({"messages": {str(at): problem}})
        tree = Tree({message["id"]: message["parent"] for message in messages})
        if lost := tree.unreachable():
            raise ValidationError({"messages": f"The message {min(lost)} is its own ancestor."})
        if attrs["leaf"] is not None:
            if attrs["leaf"] not in tree:
                raise ValidationError({"leaf": "There is no message with this id."})
            attrs["leaf"] = tree.newest_leaf(attrs["leaf"])
        return attrs


def _problem(message: dict[str, Any], by_id: dict[UUID, dict[str, Any]]) -> dict[str, str] | None:
    parent, window_start = message["parent"], message["window_start"]
    if parent is not None and parent not in by_id:
        return {"parent": "There is no message with this id."}
    expected = Role.ASSISTANT if parent is not None and by_id[parent]["role"] == Role.USER else Role.USER
    if message["role"] != expected:
        return {"role": f"Expected {expected.value}: questions and answers alternate, and the first is a question."}
    if window_start is not None and window_start not in by_id:
        return {"window_start": "There is no message with this id."}
    if window_start is not None and by_id[window_start]["role"] != Role.USER:
        return {"window_start": "Expected a question."}
    return None
