"""What a share link shows: a copy of the visible branch, made when the link is made. Later changes do not reach it."""

from __future__ import annotations

from typing import Any, Final

from rest_framework.exceptions import ValidationError

from chat.accounts.owners import Owner
from chat.conversations.branches import read_tree
from chat.conversations.pages import shown_leaf
from chat.conversations.representation import time_json
from chat.models import Conversation, Message, Share, ShareQuerySet

MAX_CHARACTERS: Final = 2_000_000  # of a shared branch
MAX_SHARES: Final = 200  # of an owner


def share(conversation: Conversation, owner: Owner) -> Share:
    """Make a link to the branch that is shown. Raise ValidationError where there is nothing to share, or too much."""
    if conversation.temporary:
        raise ValidationError({"conversation": "A temporary chat has no link. Keep it first."})
    if shares_of(owner).count() >= MAX_SHARES:
        raise ValidationError({"conversation": f"There are already {MAX_SHARES} links, the limit. Withdraw one first."})
    tree = read_tree(conversation)
    path = tree.path(shown_leaf(conversation, tree))
    rows = Message.objects.only("role", "text", "files").in_bulk(path)
    messages = [_shown(rows[key]) for key in path if rows[key].text.strip()]
    characters = sum(len(each["text"]) for each in messages)
    if not messages or characters > MAX_CHARACTERS:
        problem = f"It has {characters:,} characters; a link shows 1 to {MAX_CHARACTERS:,}."
        raise ValidationError({"conversation": problem})
    made: Share = Share.objects.create(conversation=conversation, title=conversation.title, messages=messages)
    return made


def shares_of(owner: Owner) -> ShareQuerySet:
    """Return an owner's links."""
    return Share.objects.live().filter(conversation__in=Conversation.objects.visible_to(owner))


def share_json(row: Share, path: str) -> dict[str, Any]:
    """Return a link for its owner."""
    return {
        "id": row.token,
        "path": path,
        "title": row.title,
        "conversation": str(row.conversation_id),
        "created_at": time_json(row.created_at),
    }


def _shown(message: Message) -> dict[str, Any]:
    """Return what a reader sees of a message. Files are named, and not shown: they were for the model."""
    return {"role": message.role, "text": message.text, "files": [each["name"] for each in message.files]}
