"""Validate what the page sends about conversations and presets."""

from __future__ import annotations

from typing import Any
from unicodedata import category

from rest_framework import serializers

from chat.models import MAX_ANSWER_CHARS, MAX_PRESET_NAME, MAX_TAG, MAX_TAGS, MAX_TITLE
from inference.api.requests.fields import (
    ModelField,
    StrictBoolean,
    StrictFloat,
    StrictInteger,
    StrictSerializer,
    StrictString,
)
from inference.serving.parameters import MAX_SEED, MAX_SYSTEM_PROMPT_CHARS, MAX_TEMPERATURE

from .search import MAX_QUERY

MAX_CURSOR = 200  # characters


def validated(serializer: type[StrictSerializer], data: Any, **options: Any) -> dict[str, Any]:
    """Return the validated data. Raise ValidationError."""
    checked = serializer(data=data, **options)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


class SettingsSerializer(StrictSerializer):
    """Settings of a conversation or a preset; null means the server's default. A model need not be served now."""

    model = ModelField(allow_null=True)
    system_prompt = StrictString(max_length=MAX_SYSTEM_PROMPT_CHARS, allow_blank=True, allow_null=True, required=False)
    temperature = StrictFloat(low=0, high=MAX_TEMPERATURE, allow_null=True, required=False)
    top_p = StrictFloat(low=0, above=True, high=1, allow_null=True, required=False)
    max_tokens = StrictInteger(min_value=1, max_value=2**31 - 1, allow_null=True, required=False)
    seed = StrictInteger(min_value=0, max_value=MAX_SEED, allow_null=True, required=False)


class Line(StrictString):
    """One line of text, without spaces at its ends."""

    def to_internal_value(self, data: Any) -> str:
        line = super().to_internal_value(data).strip()
        if any(category(character) in ("Cc", "Zl", "Zp") for character in line):
            raise serializers.ValidationError("Enter one line, without control characters.", code="invalid")
        return line


class TagsList(serializers.ListField):
    """The tags of a conversation, none of them twice, whatever their case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Line(max_length=MAX_TAG), max_length=MAX_TAGS, **options)

    def to_internal_value(self, data: Any) -> list[str]:
        tags: list[str] = super().to_internal_value(data)
        first: dict[str, str] = {}
        for tag in tags:
            first.setdefault(tag.casefold(), tag)
        return list(first.values())


class ListQuery(StrictSerializer):
    search = StrictString(required=False, allow_blank=True, max_length=MAX_QUERY)
    tag = Line(required=False, max_length=MAX_TAG)
    before = StrictString(required=False, max_length=MAX_CURSOR)


class MessagesQuery(StrictSerializer):
    before = serializers.UUIDField(required=False)


class ExportQuery(StrictSerializer):
    def get_fields(self) -> dict[str, Any]:
        return {"as": serializers.ChoiceField(["markdown", "json"])}  # `as` cannot be the name of an attribute


class ConversationChanges(StrictSerializer):
    title = Line(required=False, max_length=MAX_TITLE)
    pinned = StrictBoolean(required=False)
    temporary = StrictBoolean(required=False)
    tags = TagsList(required=False)
    settings = SettingsSerializer(required=False)

    def validate_temporary(self, temporary: bool) -> bool:
        """Only a new conversation can be temporary."""
        if temporary:
            raise serializers.ValidationError("Enter false, to keep a temporary conversation.")
        return temporary


class BranchChoice(StrictSerializer):
    message = serializers.UUIDField()


class AnswerEdit(StrictSerializer):
    text = StrictString(max_length=MAX_ANSWER_CHARS)


class PresetFields(StrictSerializer):
    name = Line(max_length=MAX_PRESET_NAME)
    default = StrictBoolean(required=False)
    settings = SettingsSerializer(required=False)
