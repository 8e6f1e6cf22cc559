"""What the page is told of conversations, messages and presets (plain JSON, the same over HTTP and the socket), and
what it may say over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from unicodedata import category
from uuid import UUID

from rest_framework import serializers

from chat.answers import answer_registry
from chat.models import MOST_NAME, MOST_TITLE, Conversation, GenerationSettings, Message, Preset
from chat.transport.frames import SettingsSerializer
from inference.api.fields import StrictBoolean, StrictSerializer, StrictString

from .branches import Tree, siblings
from .search import MOST_QUERY


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """A conversation as in the list. No query."""
    return {
        "id": str(conversation.id),
        "title": conversation.title,
        "pinned": conversation.pinned,
        "created_at": time_json(conversation.created_at),
        "updated_at": time_json(conversation.updated_at),
        "answering": answer_registry.running(conversation.id),
        "settings": settings_json(conversation),
    }


def settings_json(row: GenerationSettings) -> dict[str, Any]:
    """The settings of a conversation or a preset; null is the server's default."""
    return {name: getattr(row, name) for name in GenerationSettings.SETTINGS}


def message_json(message: Message, siblings: Sequence[UUID]) -> dict[str, Any]:
    """A message, with the ids of its siblings (see `branches`). No query."""
    return {
        "id": str(message.id),
        "conversation": str(message.conversation_id),
        "parent": str(message.parent_id) if message.parent_id else None,
        "role": message.role,
        "status": told_status(message),
        "text": message.text,
        "created_at": time_json(message.created_at),
        "siblings": [str(each) for each in siblings],
        "error": {"code": message.error_code, "detail": message.error_detail} if message.error_code else None,
        "runs": message.runs,
        "window_start": str(message.window_start_id) if message.window_start_id else None,
    }


def messages_json(messages: Iterable[Message], tree: Tree | None = None) -> list[dict[str, Any]]:
    """Messages with their siblings. One query for each conversation among them, none where `tree` is given."""
    messages = list(messages)
    if tree:
        return [message_json(message, tree.siblings(message.id)) for message in messages]
    found = siblings(messages)
    return [message_json(message, found[message.id]) for message in messages]


def told_status(message: Message) -> str:
    """The status; an answer that nobody makes any more was interrupted, for only this process makes answers."""
    if message.status == Message.Status.GENERATING and not answer_registry.making(message.id):
        return Message.Status.INTERRUPTED.value
    return str(message.status)


def time_json(moment: datetime) -> str:
    """ISO 8601 in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def preset_json(preset: Preset) -> dict[str, Any]:
    """A preset. No query."""
    return {"id": str(preset.id), "name": preset.name, "settings": settings_json(preset)}


class Line(StrictString):
    """One line of text without spaces at its ends."""

    def to_internal_value(self, data: Any) -> str:
        line = super().to_internal_value(data).strip()
        if any(category(character) in ("Cc", "Zl", "Zp") for character in line):
            raise serializers.ValidationError("Expected one line, without control characters.", code="invalid")
        return line


class ListQuery(StrictSerializer):
    search = StrictString(required=False, allow_blank=True, max_length=MOST_QUERY)
    before = StrictString(required=False, max_length=200)


class MessagesQuery(StrictSerializer):
    before = serializers.UUIDField(required=False)


class ExportQuery(StrictSerializer):
    def get_fields(self) -> dict[str, Any]:
        return {"as": serializers.ChoiceField(["markdown", "json"])}  # a keyword of Python's


class ConversationChanges(StrictSerializer):
    title = Line(required=False, max_length=MOST_TITLE)
    pinned = StrictBoolean(required=False)
    settings = SettingsSerializer(required=False)


class BranchChoice(StrictSerializer):
    message = serializers.UUIDField()


class PresetFields(StrictSerializer):
    name = Line(max_length=MOST_NAME)
    settings = SettingsSerializer(required=False)
