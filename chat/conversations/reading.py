"""What a socket reads of its owner's rows. Everybody else's are not there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chat.accounts.owners import Owner
from chat.models import Conversation, Message
from chat.transport.frames import FrameError

from .serializers import conversation_json, messages_json
from .turns import not_found


def own_session(owner: Owner) -> None:
    """Nothing: what is asked is whether the session holds."""


def own_answer(owner: Owner, answer: UUID) -> Message:
    """An answer, in one query. Raises FrameError."""
    kept = Conversation.objects.owned_by(owner).kept()
    message: Message | None = Message.objects.filter(pk=answer, conversation__in=kept).first()
    if message is None:
        raise not_found("message")
    if message.role != Message.Role.ASSISTANT:
        problem = {"message": ["Expected an answer; this is a question."]}
        raise FrameError("frame_invalid", "The frame has invalid fields.", problem)
    return message


def read_answer(owner: Owner, answer: UUID) -> dict[str, Any]:
    """An answer, as the page is told it. Raises FrameError."""
    return messages_json([own_answer(owner, answer)])[0]


def read_conversation(owner: Owner, conversation: UUID) -> dict[str, Any] | None:
    """A conversation as in the list; None where it is gone."""
    row = Conversation.objects.owned_by(owner).kept().filter(pk=conversation).first()
    return conversation_json(row) if row else None
