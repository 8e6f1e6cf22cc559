"""Pages of conversations and of messages. Each is read by index, however many there are."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery
from rest_framework.exceptions import NotFound, ValidationError

from chat.accounts.owners import Owner
from chat.models import Conversation, ConversationQuerySet, Message
from inference.serving import service

from .branches import Tree, read_tree
from .search import snippet
from .serializers import conversation_json, messages_json

PAGE = 50  # conversations
MESSAGES = 60  # messages of a branch, to begin with and at a time


def conversation_page(owner: Owner, search: str = "", before: str | None = None) -> dict[str, Any]:
    """The pinned conversations (with the first page), the next 50 others, the last used first, and a cursor.

    With `search`: only those that have it in their title or in a message, and in that case the text around it.
    Raises ValidationError for a cursor that is not of an earlier page.
    """
    conversations = Conversation.objects.owned_by(owner).kept().order_by("-updated_at", "-id")
    if search:
        conversations = _containing(conversations, search)
    pinned = [] if before else list(conversations.pinned(True))
    others = conversations.pinned(False)
    if before:
        moment, key = _place(before)
        # The first condition is the index's; the second leaves out what came before within the same moment.
        others = others.filter(updated_at__lte=moment).filter(Q(updated_at__lt=moment) | Q(id__lt=key))
    page = list(others[: PAGE + 1])
    more, page = len(page) > PAGE, page[:PAGE]
    snippets = _snippets([*pinned, *page], search) if search else {}
    return {
        "pinned": [conversation_json(each) | snippets.get(each.id, {}) for each in pinned],
        "conversations": [conversation_json(each) | snippets.get(each.id, {}) for each in page],
        "next": _cursor(page[-1]) if more else None,
    }


def _containing(conversations: ConversationQuerySet, search: str) -> ConversationQuerySet:
    found = Message.objects.containing(search).filter(conversation=OuterRef("pk")).order_by("-created_at")
    folded = Q(search_title__contains=search.casefold())
    return conversations.annotate(found=Subquery(found.values("id")[:1])).filter(folded | Q(found__isnull=False))


def _snippets(conversations: list[Any], search: str) -> dict[UUID, dict[str, str]]:
    texts = Message.objects.in_bulk([each.found for each in conversations if each.found])
    return {
        message.conversation_id: {"snippet": shown}
        for message in texts.values()
        if (shown := snippet(message.text, search)) is not None
    }


def _cursor(conversation: Conversation) -> str:
    place = f"{conversation.updated_at.isoformat()} {conversation.id}"
    return urlsafe_b64encode(place.encode()).decode()


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, key = urlsafe_b64decode(cursor.encode()).decode().split(" ")
        place = datetime.fromisoformat(moment), UUID(key)
        if place[0].tzinfo is None:
            raise ValueError("a moment without its time zone")
    except (binascii.Error, ValueError) as error:
        raise ValidationError({"before": "Expected `next` of an earlier page."}) from error
    return place


def message_page(conversation: Conversation, before: UUID | None = None) -> dict[str, Any]:
    """The last 60 messages of the branch shown, or the 60 before one of them, and whether there are earlier ones.

    Raises NotFound where `before` is not a message of this conversation.
    """
    tree = read_tree(conversation)
    if before and before not in tree:
        raise NotFound("There is no such message in this conversation.")
    ids = tree.path(before)[:-1] if before else tree.path(shown_leaf(conversation, tree))
    rows = Message.objects.defer("search_text").in_bulk(ids[-MESSAGES:])
    messages = [rows[key] for key in ids[-MESSAGES:]]
    return {
        "messages": messages_json(messages, tree),
        "earlier": len(ids) > MESSAGES,
        "conversation": conversation_json(conversation),
        "context": context_json([each.runs for each in messages]) if not before else context(conversation, tree),
    }


def shown_leaf(conversation: Conversation, tree: Tree) -> UUID | None:
    """The end of the branch shown: the newest one where none was chosen."""
    return conversation.leaf_id if conversation.leaf_id in tree else tree.newest()


def context(conversation: Conversation, tree: Tree | None = None) -> dict[str, Any]:
    """How full the model's context was after the last run on the branch shown. At most two queries."""
    tree = tree or read_tree(conversation)
    ids = tree.path(shown_leaf(conversation, tree))[-MESSAGES:]
    runs = dict(Message.objects.filter(id__in=ids).values_list("id", "runs"))
    return context_json([runs[key] for key in ids])


def context_json(runs: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """The same, from the runs of messages in their order. Tokens."""
    last = next((each[-1] for each in reversed(runs) if each), None)
    used = last["prompt_tokens"] + last["generated_tokens"] if last else None
    return {"used_tokens": used, "size": service.offer().context_size}
