"""The page's own API: conversations, their messages, presets and the server's state. See docs/chat.md."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from bitnetsite.accounts.access import page
from chat.accounts.access import ChatView, owner
from chat.accounts.owners import Owner, welcome
from chat.accounts.sessions import renew
from chat.conversations.branches import newest_leaf
from chat.conversations.erasing import erase_some
from chat.conversations.listing import context, conversation_page, message_page
from chat.conversations.serializers import (
    BranchChoice,
    ConversationChanges,
    ListQuery,
    MessagesQuery,
    PresetFields,
    conversation_json,
    preset_json,
)
from chat.transport.presence import tell_changed, tell_removed
from inference.api.fields import StrictSerializer
from inference.serving import configuration, service

from .answers import answer_registry
from .models import MOST_PINNED, UNDO, Conversation, Preset

MOST_PRESETS = 100


@require_safe
@page
@ensure_csrf_cookie
@gzip_page
def chat_page(request: HttpRequest, conversation: UUID | None = None) -> HttpResponse:
    """The chat page. One document for all conversations: its script reads the address."""
    welcome(request.user, request.session)
    renew(request.session)
    response = render(request, "chat/page.html")
    response["Cache-Control"] = "no-cache"
    return response


class ConversationsView(ChatView):
    def get(self, request: Request) -> Response:
        query = valid(ListQuery, request.query_params.dict())
        return Response(conversation_page(owner(request), query.get("search", "").strip(), query.get("before")))


class ConversationView(ChatView):
    def get(self, request: Request, conversation: UUID) -> Response:
        found = find(request, conversation)
        return Response(conversation_json(found) | {"context": context(found)})

    def patch(self, request: Request, conversation: UUID) -> Response:
        found = find(request, conversation)
        changes = valid(ConversationChanges, request.data)
        if changes.get("pinned") and not found.pinned:
            check_room(Conversation.objects.owned_by(owner(request)).kept().pinned(True), MOST_PINNED, "pinned")
        write(found, changes.pop("settings", {}) | changes)
        tell_changed(found)
        return Response(conversation_json(found))

    def delete(self, request: Request, conversation: UUID) -> Response:
        found = find(request, conversation)
        write(found, {"deleted_at": timezone.now()})
        answer_registry.stop_in(found.id)  # after it: no question that comes meanwhile finds the conversation any more
        tell_removed(found)
        erase_some()
        return Response(status=status.HTTP_204_NO_CONTENT)


class RestoreView(ChatView):
    def post(self, request: Request, conversation: UUID) -> Response:
        rows = Conversation.objects.owned_by(owner(request)).exclude(deleted_at__lt=timezone.now() - UNDO)
        found = rows.filter(id=conversation).first()
        if not found:
            raise NotFound("There is no such conversation, or it was deleted too long ago.")
        write(found, {"deleted_at": None})
        tell_changed(found)
        return Response(conversation_json(found))


class MessagesView(ChatView):
    def get(self, request: Request, conversation: UUID) -> Response:
        query = valid(MessagesQuery, request.query_params.dict())
        return Response(message_page(find(request, conversation), query.get("before")))


class BranchView(ChatView):
    def post(self, request: Request, conversation: UUID) -> Response:
        found = find(request, conversation)
        chosen = valid(BranchChoice, request.data)["message"]
        try:
            write(found, {"leaf_id": newest_leaf(found, chosen)})
        except KeyError:
            raise NotFound("There is no such message in this conversation.") from None
        return Response(message_page(found))


class PresetsView(ChatView):
    def get(self, request: Request) -> Response:
        presets = Preset.objects.owned_by(owner(request)).order_by("name")
        return Response({"presets": [preset_json(each) for each in presets]})

    def post(self, request: Request) -> Response:
        fields = valid(PresetFields, request.data)
        check_room(Preset.objects.owned_by(owner(request)), MOST_PRESETS, "name")
        preset = Preset(**owner(request).fields)
        write_preset(preset, fields)
        return Response(preset_json(preset), status=status.HTTP_201_CREATED)


class PresetView(ChatView):
    def patch(self, request: Request, preset: UUID) -> Response:
        found = find_preset(owner(request), preset)
        write_preset(found, valid(PresetFields, request.data, partial=True))
        return Response(preset_json(found))

    def delete(self, request: Request, preset: UUID) -> Response:
        find_preset(owner(request), preset).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class StatusView(ChatView):
    """What is served and whether, without waiting for the engine; who is signed in."""

    def get(self, request: Request) -> Response:
        health, offer, in_force = service.health(), service.offer(), configuration.current()
        told = {"status": health.status, "detail": health.detail}
        return Response(
            {
                "health": told | ({"progress": health.progress} if health.progress else {}),
                "model": offer.model,
                "notice": offer.notice,
                "defaults": {
                    "system_prompt": offer.system_prompt,
                    "temperature": offer.temperature,
                    "top_p": offer.top_p,
                    "max_tokens": offer.max_tokens,
                    "context_size": offer.context_size,
                },
                "limits": {"context_size": offer.context_size, "max_tokens": offer.max_answer_tokens},
                "user": request.user.get_username() or None,
                "sign_up": in_force.sign_up,
                "page": {
                    "name": in_force.page_name,
                    "note": in_force.page_note,
                    "example_questions": in_force.example_questions,
                },
            }
        )


def valid(serializer: type[StrictSerializer], sent: Any, **options: Any) -> dict[str, Any]:
    """What was sent, checked. Raises ValidationError."""
    checked = serializer(data=sent, **options)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def find(request: Request, conversation: UUID) -> Conversation:
    """The owner's conversation. Raises NotFound."""
    found: Conversation | None = Conversation.objects.owned_by(owner(request)).kept().filter(id=conversation).first()
    if not found:
        raise NotFound("There is no such conversation.")
    return found


def find_preset(whose: Owner, preset: UUID) -> Preset:
    """The owner's preset. Raises NotFound."""
    found: Preset | None = Preset.objects.owned_by(whose).filter(id=preset).first()
    if not found:
        raise NotFound("There is no such preset.")
    return found


def check_room(rows: Any, most: int, name: str) -> None:
    """Raises ValidationError for the field `name` where there are as many rows as may be."""
    if rows.count() >= most:
        raise ValidationError({name: f"There are {most} already, which is the most. Remove one first."})


def write(row: Conversation, changes: dict[str, Any]) -> None:
    """Save these columns, and no others: an answer that ends meanwhile writes its own."""
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.save(update_fields=list(changes))


def write_preset(preset: Preset, fields: dict[str, Any]) -> None:
    """Raises ValidationError where the owner has another preset of this name."""
    for name, value in (fields.pop("settings", {}) | fields).items():
        setattr(preset, name, value)
    try:
        with transaction.atomic():
            preset.save()
    except IntegrityError:
        raise ValidationError({"name": "There is a preset with this name already."}) from None
