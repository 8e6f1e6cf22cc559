"""Write turns: a question, another answer, or a continued answer. Each is one transaction that writes the conversation,
its messages and the branch that is shown, and reserves the answer in the registry.

Turns of one conversation exclude each other by a lock on its row; on SQLite, by its one writer. The registry decides
whether an answer is being generated. A unique constraint on the rows backs it up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unicodedata import category
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.answers.answer_task import AnswerTask
from chat.database import in_database
from chat.errors import ChatError, invalid_field, not_found
from chat.models import Conversation, Message, Preset
from chat.transport import presence

from . import branches
from .representation import current_status, settings_json

Role = Message.Role
Status = Message.Status

MAX_GENERATED_TITLE: Final = 60  # characters of a title made from a question
UNTITLED: Final = "Untitled"
CONTINUABLE: Final = (Status.LENGTH, Status.STOPPED, Status.FAILED, Status.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Turn:
    """The written rows. `task`: generates the answer; None where nothing is to be started."""

    conversation: Conversation
    messages: list[Message]
    siblings: dict[UUID, list[UUID]] = field(default_factory=dict)
    task: AnswerTask | None = None


_beginning: set[asyncio.Task[Turn]] = set()  # the event loop itself keeps no reference to them


async def begin(write: Callable[[], Turn]) -> Turn:
    """Write a turn and start its answer. Both happen even if the caller is cancelled. Raise the errors of `write`."""
    beginning = asyncio.create_task(_begin(write))
    _beginning.add(beginning)
    beginning.add_done_callback(_forget)
    return await asyncio.shield(beginning)


async def _begin(write: Callable[[], Turn]) -> Turn:
    turn = await in_database(write)
    if turn.task:
        answer_registry.start(turn.task)
    return turn


def _forget(beginning: asyncio.Task[Turn]) -> None:
    _beginning.discard(beginning)
    if not beginning.cancelled():
        beginning.exception()  # the caller has it, or is gone


def send(owner: Owner, frame: dict[str, Any]) -> Turn:
    """Write a question and its empty answer. The same frame again returns what the first one wrote. Raise ChatError."""
    try:
        return _send(owner, frame)
    except IntegrityError:  # a concurrent turn used one of the ids: this time its rows are found
        return _send(owner, frame)


def regenerate(owner: Owner, message_id: UUID) -> Turn:
    """Write another empty answer to a question. Raise ChatError."""
    with _turn() as reservations:
        question = _locked_message(owner, message_id)
        if question.role != Role.USER:
            raise invalid_field("message", "Expected a question; this is an answer.")
        task = _reserve(reservations, AnswerTask(question.conversation_id, uuid4(), owner))
        return _write_answer(question.conversation, question, task, [])


def continue_(owner: Owner, message_id: UUID) -> Turn:
    """Continue an answer; one that is being generated is left alone. Raise ChatError."""
    with _turn() as reservations:
        answer = _locked_message(owner, message_id)
        conversation = answer.conversation
        if answer.role != Role.ASSISTANT:
            raise invalid_field("message", "Expected an answer; this is a question.")
        if answer_registry.is_generating(answer.pk):
            return Turn(conversation, [answer], branches.siblings([answer]))
        if current_status(answer) not in CONTINUABLE:
            raise ChatError(
                "not_continuable", "This answer is complete. Ask another question, or generate another answer."
            )
        task = _reserve(reservations, AnswerTask(conversation.pk, answer.pk, owner, answer.text, answer.reasoning))
        answer.status, answer.error_code, answer.error_detail = Status.GENERATING, "", ""
        answer.save(update_fields=["status", "error_code", "error_detail"])
        leaf = conversation.leaf_id if answer.children.filter(deleted_at=None).exists() else answer.pk
        return _finish(conversation, leaf, [answer], task)


def title_of(question: str) -> str:
    """Return the question's first line, cut at the end of a word, without control characters."""
    line = " ".join(question.strip().splitlines()[0].split())
    line = "".join(each for each in line if category(each) != "Cc").strip()
    if len(line) <= MAX_GENERATED_TITLE:
        return line or UNTITLED
    words = line[:MAX_GENERATED_TITLE].rpartition(" ")[0]
    return f"{words or line[: MAX_GENERATED_TITLE - 1]}…"


def _send(owner: Owner, frame: dict[str, Any]) -> Turn:
    with _turn() as reservations:
        conversation = Conversation.objects.select_for_update().filter(pk=frame["conversation"]).first()
        if conversation and not _is_visible(owner, conversation):
            raise not_found("conversation")
        question = Message.objects.select_related("conversation").filter(pk=frame["message"]).first()
        if question and question.deleted_at:
            raise not_found("message")
        if question:
            return _repeated(owner, conversation, question)
        _check_parent(conversation, frame["parent"])
        if conversation is None:
            conversation = Conversation.objects.create(
                pk=frame["conversation"],
                title=title_of(frame["text"]),
                temporary=frame.get("temporary", False),
                **owner.fields,
                **frame.get("settings", _settings_of_new_conversations(owner)),
            )
        question = Message(
            pk=frame["message"],
            conversation=conversation,
            parent_id=frame["parent"],
            role=Role.USER,
            text=frame["text"],
            files=frame.get("files", []),
        )
        task = _reserve(reservations, AnswerTask(conversation.pk, uuid4(), owner))
        question.save(force_insert=True)
        return _write_answer(conversation, question, task, [question])


@contextmanager
def _turn() -> Iterator[list[AnswerTask]]:
    """A transaction, and the answers reserved in it: released if it fails, even at the commit. Raise ChatError."""
    reservations: list[AnswerTask] = []
    try:
        with transaction.atomic():
            yield reservations
    except BaseException as error:
        for task in reservations:
            answer_registry.release(task)
        if isinstance(error, IntegrityError) and _has_second_answer(error):
            raise _busy() from error
        raise


def _reserve(reservations: list[AnswerTask], task: AnswerTask) -> AnswerTask:
    """Register the answer, and mark rows that a crashed server left as generating as interrupted. Raise ChatError."""
    if not answer_registry.reserve(task):
        raise _busy()
    reservations.append(task)
    stale = Message.objects.generating().filter(conversation=task.conversation_id)
    stale.update(status=Status.INTERRUPTED)
    return task


def _busy() -> ChatError:
    return ChatError(
        "conversation_busy",
        "An answer in this conversation is being generated. Wait until it has ended, or stop it first.",
    )


def _has_second_answer(error: IntegrityError) -> bool:
    """Return whether the constraint of one generating answer was violated. SQLite names its column, not the index."""
    return any(name in str(error) for name in (Message.ONE_GENERATING, "chat_message.conversation_id"))


def _is_visible(owner: Owner, conversation: Conversation) -> bool:
    return conversation.owner == owner and conversation.deleted_at is None


def _locked_message(owner: Owner, message_id: UUID) -> Message:
    """Lock the message's conversation, and read the message after that. Raise ChatError."""
    rows = Conversation.objects.select_for_update(of=("self",))
    conversation = rows.filter(messages=message_id).first()
    message: Message | None = Message.objects.not_deleted().filter(pk=message_id).first() if conversation else None
    if conversation is None or message is None or not _is_visible(owner, conversation):
        raise not_found("message")
    message.conversation = conversation
    return message


def _repeated(owner: Owner, conversation: Conversation | None, question: Message) -> Turn:
    """Return the turn that wrote this question before. Raise ChatError where its id is used by another message."""
    if not _is_visible(owner, question.conversation):
        raise not_found("message")
    if conversation is None or question.conversation_id != conversation.pk or question.role != Role.USER:
        raise ChatError("id_taken", "Another message has this id. Send the question again with a new one.")
    answers = Message.objects.not_deleted().filter(parent=question)
    answer = answers.order_by("-created_at", "-id").first()
    messages = [question, answer] if answer else [question]
    return Turn(conversation, messages, branches.siblings(messages))


def _settings_of_new_conversations(owner: Owner) -> dict[str, Any]:
    """Return the settings of the owner's default preset; empty where there is none."""
    preset = Preset.objects.owned_by(owner).filter(default=True).first()
    return settings_json(preset) if preset else {}


def _check_parent(conversation: Conversation | None, parent: UUID | None) -> None:
    """Raise ChatError unless the parent of a question is an answer in its conversation, or None."""
    if parent is None:
        return
    rows = Message.objects.not_deleted().filter(pk=parent, conversation=conversation)
    role = rows.values_list("role", flat=True).first()
    if conversation is None or role is None:
        raise not_found("message")
    if role != Role.ASSISTANT:
        raise invalid_field("parent", "Expected an answer, or null.")


def _write_answer(conversation: Conversation, question: Message, task: AnswerTask, written: list[Message]) -> Turn:
    answer = Message(
        pk=task.answer_id,
        conversation=conversation,
        parent=question,
        role=Role.ASSISTANT,
        status=Status.GENERATING,
    )
    answer.save(force_insert=True)
    return _finish(conversation, answer.pk, [*written, answer], task)


def _finish(conversation: Conversation, leaf: UUID | None, messages: list[Message], task: AnswerTask) -> Turn:
    conversation.leaf_id, conversation.updated_at = leaf, timezone.now()
    conversation.save(update_fields=["leaf", "updated_at"])
    presence.notify_changed(conversation)
    return Turn(conversation, messages, branches.siblings(messages), task)
