"""The owners of conversations: a user on any device, or a visitor without an account in one browser."""

from __future__ import annotations

import uuid
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

VISITOR = "visitor"  # the key of a visitor's id in the session


@dataclass(frozen=True, slots=True)
class Owner:
    """A user or a visitor; exactly one of the two is set."""

    user_id: int | None = None
    visitor: uuid.UUID | None = None

    @property
    def key(self) -> str:
        """The owner's name for the engine: its queue is fair by caller, and no process holds two callers' texts."""
        return f"user:{self.user_id}" if self.user_id is not None else f"visitor:{self.visitor}"

    @property
    def fields(self) -> dict[str, Any]:
        """The columns of an owned row."""
        return {"user_id": self.user_id, "visitor": self.visitor}


def owner_of(user: Any, session: MutableMapping[str, Any]) -> Owner | None:
    """Return the owner of this session, or None for a visitor who has not opened the page yet."""
    if user.is_authenticated:
        return Owner(user_id=user.pk)
    visitor = session.get(VISITOR)
    return Owner(visitor=uuid.UUID(visitor)) if visitor else None


def ensure_owner(user: Any, session: MutableMapping[str, Any]) -> Owner:
    """Return the owner of this session. A new visitor gets an id, which the session keeps."""
    if owner := owner_of(user, session):
        return owner
    session[VISITOR] = str(uuid.uuid4())
    return Owner(visitor=uuid.UUID(session[VISITOR]))
