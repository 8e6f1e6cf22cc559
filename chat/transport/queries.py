"""Queries that a socket runs for its owner. Other owners' rows are not found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chat.accounts.owners import Owner
from chat.conversations.representation import conversation_json, messages_json
from chat.errors import invalid_field, not_found
from chat.models import Conversation, Message


def no_query(owner: Owner) -> None:
    """Do nothing: for a frame that only needs a valid session."""


def find_answer(owner: Owner, answer_id: UUID) -> Message:
    """Return an answer, in one query. Raise ChatError."""
    visible = Conversation.objects.visible_to(owner)
    message: Message | None = Message.objects.not_deleted().filter(pk=answer_id, conversation__in=visible).first()
    if message is None:
        raise not_found("message")
    if message.role != Message.Role.ASSISTANT:
        raise invalid_field("message", "Expected an answer; this is a question.")
    return message


def read_answer(owner: Owner, answer_id: UUID) -> dict[str, Any]:
    """Return an answer as JSON. Raise ChatError."""
    return messages_json([find_answer(owner, answer_id)])[0]


def read_conversation(owner: Owner, conversation_id: UUID) -> dict[str, Any] | None:
    """Return a conversation as JSON, or None where it is gone."""
    row = Conversation.objects.visible_to(owner).filter(pk=conversation_id).first()
    return conversation_json(row) if row else None
