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
from chat.answers.receipt import context_tokens
from chat.models import Conversation, ConversationQuerySet, Message
from inference.engine.errors import UnknownModel
from inference.serving import service

from .branches import Tree, read_tree
from .representation import conversation_json, messages_json
from .search import snippet

CONVERSATIONS = 50  # of a page
MESSAGES = 60  # of a page: the end of a branch


def conversation_page(owner: Owner, search: str = "", before: str | None = None, tag: str = "") -> dict[str, Any]:
    """Return the pinned conversations (on the first page), the next 50 others, latest first, and a cursor.

    With `search`: only those with it in their title, their tags or a message; if it is in a message or its files, with
    the text around it and the message's id. With `tag`: only those that have this tag.
    Raise ValidationError for a cursor that does not come from an earlier page.
    """
    conversations = Conversation.objects.visible_to(owner).kept().order_by("-updated_at", "-id")
    if tag:
        conversations = conversations.tagged(tag)
    if search:
        conversations = _containing(conversations, search)
    pinned = [] if before else list(conversations.pinned(True))
    others = conversations.pinned(False)
    if before:
        moment, key = _position(before)
        # The first condition uses the index; the second skips rows of the same moment that came before.
        others = others.filter(updated_at__lte=moment).filter(Q(updated_at__lt=moment) | Q(id__lt=key))
    page = list(others[: CONVERSATIONS + 1])
    more, page = len(page) > CONVERSATIONS, page[:CONVERSATIONS]
    snippets = _snippets([*pinned, *page], search) if search else {}
    return {
        "pinned": [conversation_json(each) | snippets.get(each.id, {}) for each in pinned],
        "conversations": [conversation_json(each) | snippets.get(each.id, {}) for each in page],
        "next": _cursor(page[-1]) if more else None,
    }


def _containing(conversations: ConversationQuerySet, search: str) -> ConversationQuerySet:
    messages = Message.objects.not_deleted().containing(search)
    found = messages.filter(conversation=OuterRef("pk")).order_by("-created_at")
    in_title = Q(search_title__contains=search.casefold())
    matching = conversations.annotate(found=Subquery(found.values("id")[:1]))
    result: ConversationQuerySet = matching.filter(in_title | Q(found__isnull=False))
    return result


def _snippets(conversations: list[Any], search: str) -> dict[UUID, dict[str, str]]:
    texts = Message.objects.in_bulk([each.found for each in conversations if each.found])
    return {
        message.conversation_id: {"snippet": shown, "message": str(message.id)}
        for message in texts.values()
        if (shown := _snippet(message, search)) is not None
    }


def _snippet(message: Message, search: str) -> str | None:
    """Return the text around the match: in the message's own words, or else in one of its files, after its name."""
    shown = snippet(message.text, search)
    for file in message.files if shown is None else ():
        if (found := snippet(file["text"], search)) is not None:
            return f"{file['name']}: {found}"
        shown = shown or snippet(file["name"], search)
    return shown


def _cursor(conversation: Conversation) -> str:
    position = f"{conversation.updated_at.isoformat()} {conversation.id}"
    return urlsafe_b64encode(position.encode()).decode()


def _position(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, key = urlsafe_b64decode(cursor.encode()).decode().split(" ")
        position = datetime.fromisoformat(moment), UUID(key)
        if position[0].tzinfo is None:
            raise ValueError("the time zone is missing")
    except (binascii.Error, ValueError) as error:
        raise ValidationError({"before": "Expected `next` of an earlier page."}) from error
    return position


def message_page(conversation: Conversation, before: UUID | None = None) -> dict[str, Any]:
    """Return the last 60 messages of the branch that is shown, or the 60 before `before`, and whether there are more.

    Raise NotFound where `before` is not a message of this conversation.
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
        "context": context(conversation, tree)
        if before
        else _context_json(conversation, [each.runs for each in messages]),
    }


def shown_leaf(conversation: Conversation, tree: Tree) -> UUID | None:
    """Return the end of the branch that is shown: the newest one where none was chosen."""
    return conversation.leaf_id if conversation.leaf_id in tree else tree.newest()


def context(conversation: Conversation, tree: Tree | None = None) -> dict[str, Any]:
    """Return how full the model's context was after the latest run on the branch that is shown. At most two queries."""
    tree = tree or read_tree(conversation)
    ids = tree.path(shown_leaf(conversation, tree))[-MESSAGES:]
    runs = dict(Message.objects.filter(id__in=ids).values_list("id", "runs"))
    return _context_json(conversation, [runs[key] for key in ids])


def _context_json(conversation: Conversation, runs: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the same from the runs of the branch's messages, in their order. Tokens."""
    latest = next((each[-1] for each in reversed(runs) if each), None)
    return {"used_tokens": context_tokens(latest) if latest else None, "size": _context_size(conversation.model or "")}


def _context_size(model: str) -> int:
    """Return the context size of a model, or the default one's where it is not served any more."""
    try:
        return service.defaults(model).context_size
    except UnknownModel:
        return service.defaults().context_size
