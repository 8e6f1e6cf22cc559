"""What presets and saved prompts share: rows that an owner has by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from chat.accounts.access import owner
from chat.models import Preset, SavedPrompt

Named = TypeVar("Named", Preset, SavedPrompt)


def find_named(model: type[Named], request: Request, key: UUID, kind: str) -> Named:
    """Return the owner's row. Raise NotFound."""
    found: Named | None = model.objects.owned_by(owner(request)).filter(pk=key).first()
    if not found:
        raise NotFound(f"There is no such {kind}.")
    return found


@contextmanager
def unique_name(kind: str) -> Iterator[None]:
    """Write in one transaction. Raise ValidationError where the owner has another row with this name."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise ValidationError({"name": f"There is already a {kind} with this name."}) from None
