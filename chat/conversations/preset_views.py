"""Presets over HTTP. See docs/chat.md."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from chat.accounts.access import ChatView, owner
from chat.models import Preset
from chat.named import check_count, find_named, unique_name

from .representation import preset_json
from .serializers import PresetFields, validated


class PresetsView(ChatView):
    def get(self, request: Request) -> Response:
        presets = Preset.objects.owned_by(owner(request)).order_by("name")
        return Response({"presets": [preset_json(each) for each in presets]})

    def post(self, request: Request) -> Response:
        fields = validated(PresetFields, request.data)
        check_count(Preset.objects.owned_by(owner(request)), Preset.LIMIT, "name")
        preset = Preset(**owner(request).fields)
        _save(preset, fields)
        return Response(preset_json(preset), status=status.HTTP_201_CREATED)


class PresetView(ChatView):
    def patch(self, request: Request, preset: UUID) -> Response:
        found = find_named(Preset, request, preset, "preset")
        _save(found, validated(PresetFields, request.data, partial=True))
        return Response(preset_json(found))

    def delete(self, request: Request, preset: UUID) -> Response:
        find_named(Preset, request, preset, "preset").delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def _save(preset: Preset, fields: dict[str, Any]) -> None:
    """Raise ValidationError where the owner has another preset with this name."""
    for name, value in (fields.pop("settings", {}) | fields).items():
        setattr(preset, name, value)
    with unique_name("preset"):
        preset.save()
        if preset.default:
            others = Preset.objects.owned_by(preset.owner).exclude(pk=preset.pk)
            others.filter(default=True).update(default=False)
