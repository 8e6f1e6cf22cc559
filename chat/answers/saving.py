"""Write the text of an answer to its row: periodically while it is generated, and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.conversations import branches
from chat.models import MAX_RUNS, Conversation, Message

from .receipt import Receipt


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of an answer. `receipt` is None where the engine never started on it."""

    status: Message.Status
    error_code: str = ""
    error_detail: str = ""
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """A saved answer, with its conversation, and the ids of its siblings (itself included)."""

    message: Message
    siblings: list[UUID]


def save_partial(answer_id: UUID, text: str, reasoning: str, window_start: UUID | None) -> None:
    """Save the text so far of an answer that is being generated."""
    with transaction.atomic():
        if _locked_conversation(answer_id):
            rows = Message.objects.generating().filter(pk=answer_id)
            rows.update(text=text, reasoning=reasoning, window_start_id=window_start)


def save_end(
    answer_id: UUID, text: str, reasoning: str, window_start: UUID | None, ending: Ending
) -> SavedAnswer | None:
    """Save the end of an answer and touch its conversation, in one transaction. Return None where the row is gone."""
    with transaction.atomic():
        conversation = _locked_conversation(answer_id)
        message = Message.objects.filter(pk=answer_id).first() if conversation else None
        if conversation is None or message is None:
            return None
        message.conversation = conversation
        message.text, message.reasoning = text, reasoning
        message.status, message.window_start_id = ending.status, window_start
        message.error_code, message.error_detail = ending.error_code, ending.error_detail
        if ending.receipt:
            message.runs = [*message.runs, ending.receipt][-MAX_RUNS:]
        message.save()
        conversation.updated_at = timezone.now()
        conversation.save(update_fields=["updated_at"])
        siblings = branches.siblings([message])[message.pk]
    return SavedAnswer(message, siblings)


def _locked_conversation(answer_id: UUID) -> Conversation | None:
    """Lock and return the conversation of an answer. Turns and erasures lock it before its messages, too."""
    rows = Conversation.objects.select_for_update(of=("self",))
    conversation: Conversation | None = rows.filter(messages=answer_id).first()
    return conversation
