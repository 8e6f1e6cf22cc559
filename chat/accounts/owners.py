"""Whose a conversation is: a signed-in user's on any device, or a visitor's in one browser."""

from __future__ import annotations

import uuid
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

VISITOR = "visitor"  # the session's key of a visitor's id


@dataclass(frozen=True, slots=True)
class Owner:
    """Exactly one of the two is set."""

    user_id: int | None = None
    visitor: uuid.UUID | None = None

    @property
    def key(self) -> str:
        """Names the owner to the engine: its fairness is by owner, and no process holds two owners' texts."""
        return f"user:{self.user_id}" if self.user_id is not None else f"visitor:{self.visitor}"

    @property
    def fields(self) -> dict[str, Any]:
        """The columns that an owned row has."""
        return {"user_id": self.user_id, "visitor": self.visitor}


def owner_of(user: Any, session: MutableMapping[str, Any]) -> Owner | None:
    """Whoever holds this session; None for a visitor who has not opened the page yet."""
    if user.is_authenticated:
        return Owner(user_id=user.pk)
    visitor = session.get(VISITOR)
    return Owner(visitor=uuid.UUID(visitor)) if visitor else None


def welcome(user: Any, session: MutableMapping[str, Any]) -> Owner:
    """As `owner_of`; a visitor who is new gets an id, which the session keeps."""
    if owner := owner_of(user, session):
        return owner
    session[VISITOR] = str(uuid.uuid4())
    return Owner(visitor=uuid.UUID(session[VISITOR]))
