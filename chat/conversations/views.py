"""Conversations, their messages and their branches over HTTP. See docs/chat.md."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from chat.accounts.access import ChatView, owner
from chat.answers import answer_registry
from chat.models import MAX_PINNED, Conversation
from chat.named import check_count
from chat.transport import presence

from .branches import newest_leaf
from .deletion import erase, erase_batch
from .pages import context, conversation_page, message_page
from .representation import conversation_json
from .serializers import BranchChoice, ConversationChanges, ListQuery, MessagesQuery, validated

MAX_LISTED_TAGS = 100  # those of the most conversations


class ConversationsView(ChatView):
    def get(self, request: Request) -> Response:
        query = validated(ListQuery, request.query_params.dict())
        search = query.get("search", "").strip()
        return Response(conversation_page(owner(request), search, query.get("before"), query.get("tag", "")))


class TagsView(ChatView):
    """The tags of the owner's conversations."""

    def get(self, request: Request) -> Response:
        rows = Conversation.objects.visible_to(owner(request)).kept().exclude(tags="")
        counts = Counter(tag for tags in rows.values_list("tags", flat=True).iterator() for tag in tags)
        listed = sorted(counts.most_common(MAX_LISTED_TAGS), key=lambda each: (each[0].casefold(), each[0]))
        return Response({"tags": [{"name": name, "conversations": number} for name, number in listed]})


class ConversationView(ChatView):
    def get(self, request: Request, conversation: UUID) -> Response:
        found = find(request, conversation)
        return Response(conversation_json(found) | {"context": context(found)})

    def patch(self, request: Request, conversation: UUID) -> Response:
        found = find(request, conversation)
        changes = validated(ConversationChanges, request.data)
        if changes.get("pinned") and not found.pinned:
            pinned = Conversation.objects.visible_to(owner(request)).pinned(True)
            check_count(pinned, MAX_PINNED, "pinned")
        _save(found, changes.pop("settings", {}) | changes)
        presence.notify_changed(found)
        return Response(conversation_json(found))

    def delete(self, request: Request, conversation: UUID) -> Response:
        found = find(request, conversation)
        if found.temporary:  # it was never meant to be kept
            erase(Conversation.objects.filter(id=found.id))
            return Response(status=status.HTTP_204_NO_CONTENT)
        _save(found, {"deleted_at": timezone.now()})
        answer_registry.stop_in(found.id)  # after the deletion: no new question can find the conversation any more
        presence.notify_removed(found)
        erase_batch()
        return Response(status=status.HTTP_204_NO_CONTENT)


class RestoreView(ChatView):
    def post(self, request: Request, conversation: UUID) -> Response:
        found = Conversation.objects.owned_by(owner(request)).restorable().filter(id=conversation).first()
        if not found:
            raise NotFound("There is no such conversation, or it was deleted too long ago.")
        _save(found, {"deleted_at": None})
        presence.notify_changed(found)
        return Response(conversation_json(found))


class MessagesView(ChatView):
    def get(self, request: Request, conversation: UUID) -> Response:
        query = validated(MessagesQuery, request.query_params.dict())
        return Response(message_page(find(request, conversation), query.get("before")))


class BranchView(ChatView):
    def post(self, request: Request, conversation: UUID) -> Response:
        found = find(request, conversation)
        chosen = validated(BranchChoice, request.data)["message"]
        try:
            _save(found, {"leaf_id": newest_leaf(found, chosen)})
        except KeyError:
            raise NotFound("There is no such message in this conversation.") from None
        return Response(message_page(found))


def find(request: Request, conversation: UUID) -> Conversation:
    """Return the owner's conversation. Raise NotFound."""
    found: Conversation | None = Conversation.objects.visible_to(owner(request)).filter(id=conversation).first()
    if not found:
        raise NotFound("There is no such conversation.")
    return found


def _save(row: Conversation, changes: dict[str, Any]) -> None:
    """Save these columns only: an answer that ends at the same time writes others."""
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.save(update_fields=list(changes))
