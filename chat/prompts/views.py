"""Saved prompts over HTTP. See docs/chat.md."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from chat.accounts.access import ChatView, owner
from chat.conversations.serializers import validated
from chat.models import SavedPrompt
from chat.named import check_count, find_named, unique_name

from .library import PromptFields, prompt_json


class PromptsView(ChatView):
    def get(self, request: Request) -> Response:
        prompts = SavedPrompt.objects.owned_by(owner(request)).order_by("name")
        return Response({"prompts": [prompt_json(each) for each in prompts]})

    def post(self, request: Request) -> Response:
        fields = validated(PromptFields, request.data)
        check_count(SavedPrompt.objects.owned_by(owner(request)), SavedPrompt.LIMIT, "name")
        prompt = SavedPrompt(**owner(request).fields)
        _save(prompt, fields)
        return Response(prompt_json(prompt), status=status.HTTP_201_CREATED)


class PromptView(ChatView):
    def patch(self, request: Request, prompt: UUID) -> Response:
        found = find_named(SavedPrompt, request, prompt, "prompt")
        _save(found, validated(PromptFields, request.data, partial=True))
        return Response(prompt_json(found))

    def delete(self, request: Request, prompt: UUID) -> Response:
        find_named(SavedPrompt, request, prompt, "prompt").delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def _save(prompt: SavedPrompt, fields: dict[str, Any]) -> None:
    """Raise ValidationError where the owner has another prompt with this name."""
    for name, value in fields.items():
        setattr(prompt, name, value)
    with unique_name("prompt"):
        prompt.save()
