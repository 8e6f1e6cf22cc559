"""The answers that are being made, by conversation."""

from __future__ import annotations

from uuid import UUID


def running(conversation: UUID) -> bool:
    """Whether an answer in this conversation is being made."""
    return False
