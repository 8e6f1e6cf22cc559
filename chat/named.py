"""Rows that an owner has by name: presets and saved prompts. And the limits on how many rows an owner has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from chat.accounts.access import owner
from chat.models import Named

Row = TypeVar("Row", bound=Named)


def check_count(rows: Any, limit: int, field: str) -> None:
    """Raise ValidationError for the field where there are `limit` rows already."""
    if rows.count() >= limit:
        raise ValidationError({field: f"There are already {limit}, the limit. Remove one first."})


def find_named(model: type[Row], request: Request, key: UUID, kind: str) -> Row:
    """Return the owner's row. Raise NotFound."""
    found: Row | None = model.objects.owned_by(owner(request)).filter(pk=key).first()
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
