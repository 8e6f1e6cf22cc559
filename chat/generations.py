"""The answers that are being made, by conversation."""

from __future__ import annotations

from uuid import UUID


def running(conversation: UUID) -> bool:
    """Whether an answer in this conversation is being made. From any thread."""
    return False


def making(answer: UUID) -> bool:
    """Whether this answer is being made. From any thread."""
    return False


def stop_in(conversation: UUID) -> None:
    """End the answer that is being made in this conversation, if there is one. From any thread; does not wait."""
