"""What a question, another answer and a continued one write: each a conversation, its messages and its shown branch,
in one transaction. The answer's place (see `answer_registry.py`) is taken in it too, and given back where it fails.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unicodedata import category
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.answers.answer_task import Generation
from chat.models import Conversation, Message
from chat.transport import presence
from chat.transport.frames import FrameError

from . import branches
from .serializers import told_status

Role = Message.Role
Status = Message.Status

LONGEST_TITLE: Final = 60  # characters of a title that is made from a question
UNTITLED: Final = "Untitled"
CONTINUABLE: Final = (Status.LENGTH, Status.STOPPED, Status.FAILED, Status.INTERRUPTED)

_writing = threading.Lock()  # one turn at a time: each sees what the one before has committed, on any database


@dataclass(frozen=True, slots=True)
class Turn:
    """What was written. `generation`: the answer's, to be begun; None where the turn had been taken before."""

    conversation: Conversation
    messages: list[Message]
    siblings: dict[UUID, list[UUID]] = field(default_factory=dict)
    generation: Generation | None = None


def send(owner: Owner, frame: dict[str, Any]) -> Turn:
    """A question and its empty answer. The same frame again finds what the first one wrote. Raises FrameError."""
    with _turn() as places:
        conversation = Conversation.objects.filter(pk=frame["conversation"]).first()
        if conversation and not _holds(owner, conversation):
            raise not_found("conversation")
        asked = Message.objects.select_related("conversation").filter(pk=frame["message"]).first()
        if asked:
            return _sent_before(owner, conversation, asked)
        _check_parent(conversation, frame["parent"])
        if conversation is None:
            conversation = Conversation.objects.create(
                pk=frame["conversation"],
                title=title_of(frame["text"]),
                **owner.fields,
                **frame.get("settings", {}),
            )
        question = Message(
            pk=frame["message"],
            conversation=conversation,
            parent_id=frame["parent"],
            role=Role.USER,
            text=frame["text"],
        )
        generation = _place(places, Generation(conversation.pk, uuid4(), owner))
        question.save(force_insert=True)
        return _answered(conversation, question, generation, [question])


def regenerate(owner: Owner, message: UUID) -> Turn:
    """Another empty answer to a question. Raises FrameError."""
    with _turn() as places:
        question = _message_of(owner, message)
        if question.role != Role.USER:
            raise _wrong_role("Expected a question; this is an answer.")
        generation = _place(places, Generation(question.conversation_id, uuid4(), owner))
        return _answered(question.conversation, question, generation, [])


def continue_(owner: Owner, message: UUID) -> Turn:
    """An answer that goes on; one that is being made does already. Raises FrameError."""
    with _turn() as places:
        answer = _message_of(owner, message)
        conversation = answer.conversation
        if answer.role != Role.ASSISTANT:
            raise _wrong_role("Expected an answer; this is a question.")
        if answer_registry.making(answer.pk):
            return Turn(conversation, [answer], branches.siblings([answer]))
        if told_status(answer) not in CONTINUABLE:
            raise FrameError("not_continuable", "The model ended this answer itself. Ask on, or have it made again.")
        generation = _place(places, Generation(conversation.pk, answer.pk, owner, answer.text))
        answer.status, answer.error_code, answer.error_detail = Status.GENERATING, "", ""
        answer.save(update_fields=["status", "error_code", "error_detail"])
        leaf = conversation.leaf_id if answer.children.exists() else answer.pk
        return _written(conversation, leaf, [answer], generation)


def title_of(question: str) -> str:
    """The question's first line, cut at a word's end; without control characters, which no title may have."""
    line = " ".join(question.strip().splitlines()[0].split())
    line = "".join(each for each in line if category(each) != "Cc").strip()
    if len(line) <= LONGEST_TITLE:
        return line or UNTITLED
    words = line[:LONGEST_TITLE].rpartition(" ")[0]
    return f"{words or line[: LONGEST_TITLE - 1]}…"


def not_found(what: str) -> FrameError:
    """As for everything that is not this owner's, or not there."""
    return FrameError("not_found", f"There is no such {what}. It may have been deleted: reload the page.")


@contextmanager
def _turn() -> Iterator[list[Generation]]:
    """A transaction, and the places that are taken in it: given back if it fails, also at its very end."""
    places: list[Generation] = []
    try:
        with _writing, transaction.atomic():
            yield places
    except BaseException:
        for generation in places:
            answer_registry.release(generation)
        raise


def _place(places: list[Generation], generation: Generation) -> Generation:
    if not answer_registry.reserve(generation):
        raise FrameError(
            "conversation_busy", "An answer in this conversation is being made. Wait for its end, or stop it first."
        )
    places.append(generation)
    return generation


def _holds(owner: Owner, conversation: Conversation) -> bool:
    return conversation.owner == owner and conversation.deleted_at is None


def _message_of(owner: Owner, message: UUID) -> Message:
    found = Message.objects.select_related("conversation").filter(pk=message).first()
    if found is None or not _holds(owner, found.conversation):
        raise not_found("message")
    return found


def _sent_before(owner: Owner, conversation: Conversation | None, asked: Message) -> Turn:
    """The turn that a message with this id is of already, if it is this one."""
    if not _holds(owner, asked.conversation):
        raise not_found("message")
    if conversation is None or asked.conversation_id != conversation.pk or asked.role != Role.USER:
        raise FrameError("id_taken", "Another message has this id. Send the question again with a new one.")
    answer = Message.objects.filter(parent=asked).order_by("-created_at", "-id").first()
    messages = [asked, answer] if answer else [asked]
    return Turn(conversation, messages, branches.siblings(messages))


def _check_parent(conversation: Conversation | None, parent: UUID | None) -> None:
    """A question follows an answer of its conversation, or nothing."""
    if parent is None:
        return
    role = Message.objects.filter(pk=parent, conversation=conversation).values_list("role", flat=True).first()
    if conversation is None or role is None:
        raise not_found("message")
    if role != Role.ASSISTANT:
        raise FrameError("frame_invalid", "The frame has invalid fields.", {"parent": ["Expected an answer, or null."]})


def _wrong_role(problem: str) -> FrameError:
    return FrameError("frame_invalid", "The frame has invalid fields.", {"message": [problem]})


def _answered(conversation: Conversation, question: Message, generation: Generation, written: list[Message]) -> Turn:
    answer = Message(
        pk=generation.answer,
        conversation=conversation,
        parent=question,
        role=Role.ASSISTANT,
        status=Status.GENERATING,
    )
    answer.save(force_insert=True)
    return _written(conversation, answer.pk, [*written, answer], generation)


def _written(conversation: Conversation, leaf: UUID | None, messages: list[Message], generation: Generation) -> Turn:
    conversation.leaf_id, conversation.updated_at = leaf, timezone.now()
    conversation.save(update_fields=["leaf", "updated_at"])
    presence.tell_changed(conversation)
    return Turn(conversation, messages, branches.siblings(messages), generation)
