"""Change messages that are there: delete and restore them, and write another version of an answer.

Each change is one transaction under the lock on the conversation's row, as turns are. A deleted message is hidden
together with all that follows it, on any branch. These rows share the time of the deletion, by which they are restored.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.errors import ChatError, invalid_field, not_found
from chat.models import Conversation, Message
from chat.transport import presence

from .branches import Tree, read_tree


@transaction.atomic
def delete(owner: Owner, conversation_id: UUID, message_id: UUID) -> tuple[Conversation, int]:
    """Delete a message and all that follows it; return how many there were. Raise ChatError.

    If it was on the branch that is shown, its newest sibling's is shown then, or the branch as far as its parent.
    """
    conversation = _locked(owner, conversation_id)
    tree = read_tree(conversation)
    if message_id not in tree:
        raise not_found("message")
    deleted = tree.below(message_id)
    if any(map(answer_registry.is_generating, deleted)):
        raise ChatError("conversation_busy", "An answer among these messages is being generated. Stop it first.")
    Message.objects.filter(pk__in=deleted).update(deleted_at=timezone.now())
    if conversation.leaf_id in deleted:
        _show(conversation, _leaf_without(tree, message_id))
    presence.notify_changed(conversation)
    return conversation, len(deleted)


@transaction.atomic
def restore(owner: Owner, conversation_id: UUID, message_id: UUID, leaf: UUID) -> Conversation:
    """Restore a message and what was deleted with it; show the branch that ends in `leaf`. Raise ChatError."""
    conversation = _locked(owner, conversation_id)
    rows = Message.objects.filter(conversation=conversation)
    message = rows.restorable().filter(pk=message_id).first()
    tree = read_tree(conversation)
    if message is None or (message.parent_id and message.parent_id not in tree):
        raise ChatError("not_found", "There is no such message, or it was deleted too long ago.")
    if message.deleted_at:
        together = Tree(dict(rows.filter(deleted_at=message.deleted_at).values_list("pk", "parent_id")))
        rows.filter(pk__in=together.below(message_id)).update(deleted_at=None)
        tree = read_tree(conversation)
    if leaf not in tree:
        raise not_found("message")
    _show(conversation, tree.newest_leaf(leaf))
    presence.notify_changed(conversation)
    return conversation


@transaction.atomic
def edit_answer(owner: Owner, conversation_id: UUID, message_id: UUID, text: str) -> Conversation:
    """Write another version of an answer, and show it. The original stays. Raise ChatError."""
    conversation = _locked(owner, conversation_id)
    answer = Message.objects.not_deleted().filter(conversation=conversation, pk=message_id).first()
    if answer is None:
        raise not_found("message")
    if answer.role != Message.Role.ASSISTANT:
        raise invalid_field("message", "Expected an answer; this is a question.")
    if answer_registry.is_answering(conversation.pk):
        raise ChatError("conversation_busy", "An answer is being generated. Wait until it has ended, or stop it first.")
    version = Message.objects.create(
        conversation=conversation, parent_id=answer.parent_id, role=answer.role, text=text, edited=True
    )
    conversation.updated_at = timezone.now()
    _show(conversation, version.pk)
    presence.notify_changed(conversation)
    return conversation


def _locked(owner: Owner, conversation_id: UUID) -> Conversation:
    rows = Conversation.objects.visible_to(owner).select_for_update(of=("self",))
    conversation: Conversation | None = rows.filter(pk=conversation_id).first()
    if conversation is None:
        raise not_found("conversation")
    return conversation


def _leaf_without(tree: Tree, message: UUID) -> UUID | None:
    """Return the end of the branch to show instead of those through this message."""
    siblings = [each for each in tree.siblings(message) if each != message]
    return tree.newest_leaf(siblings[-1]) if siblings else tree.parents[message]


def _show(conversation: Conversation, leaf: UUID | None) -> None:
    conversation.leaf_id = leaf
    conversation.save(update_fields=["leaf", "updated_at"])
