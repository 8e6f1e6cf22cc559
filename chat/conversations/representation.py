"""Conversations, messages and presets as plain JSON: the same over HTTP and over the socket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.answers import answer_registry
from chat.answers.receipt import speed_of, thinking_seconds
from chat.models import Conversation, GenerationSettings, Message, Preset

from .branches import Tree, siblings


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """Return a conversation as in the list. No query."""
    return {
        "id": str(conversation.id),
        "title": conversation.title,
        "pinned": conversation.pinned,
        "tags": conversation.tags,
        "temporary": conversation.temporary,
        "created_at": time_json(conversation.created_at),
        "updated_at": time_json(conversation.updated_at),
        "answering": answer_registry.is_answering(conversation.id),
        "settings": settings_json(conversation),
    }


def settings_json(row: GenerationSettings) -> dict[str, Any]:
    """Return the settings of a conversation or a preset; null is the server's default."""
    return {name: getattr(row, name) for name in GenerationSettings.SETTINGS}


def message_json(message: Message, siblings: Sequence[UUID]) -> dict[str, Any]:
    """Return a message, with the ids of its siblings (see `branches`). No query."""
    return {
        "id": str(message.id),
        "conversation": str(message.conversation_id),
        "parent": str(message.parent_id) if message.parent_id else None,
        "role": message.role,
        "status": current_status(message),
        "text": message.text,
        "files": message.files,
        "reasoning": message.reasoning,
        "thinking_seconds": round(thinking_seconds(message.runs), 3),
        "edited": message.edited,
        "created_at": time_json(message.created_at),
        "siblings": [str(each) for each in siblings],
        "error": {"code": message.error_code, "detail": message.error_detail} if message.error_code else None,
        "runs": message.runs,
        "tokens_per_second": speed_of(message.runs),
        "window_start": str(message.window_start_id) if message.window_start_id else None,
    }


def messages_json(messages: Iterable[Message], tree: Tree | None = None) -> list[dict[str, Any]]:
    """Return messages with their siblings. One query for each conversation among them, none where `tree` is given."""
    messages = list(messages)
    if tree:
        return [message_json(message, tree.siblings(message.id)) for message in messages]
    found = siblings(messages)
    return [message_json(message, found[message.id]) for message in messages]


def current_status(message: Message) -> str:
    """Return the status; a row that says "generating" and is not in the answer registry was interrupted."""
    if message.status == Message.Status.GENERATING and not answer_registry.is_generating(message.id):
        return Message.Status.INTERRUPTED.value
    return str(message.status)


def time_json(moment: datetime) -> str:
    """Return ISO 8601 in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def preset_json(preset: Preset) -> dict[str, Any]:
    """Return a preset. No query."""
    return {"id": str(preset.id), "name": preset.name, "default": preset.default, "settings": settings_json(preset)}
