"""Chats that were deleted too long ago to be had back are erased with the server's daily cleaning, and a
few with each deletion.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from inference.signals import daily_cleaning

from .models import Conversation

BATCH = 20  # conversations erased at once: a long one has hundreds of messages


def erase_some() -> int:
    """Erase a few of them, those that were deleted first, whosever they were; how many."""
    old = Conversation.objects.erasable().order_by("deleted_at").values_list("pk", flat=True)
    keys = list(old[:BATCH])
    Conversation.objects.filter(pk__in=keys).delete()
    return len(keys)


@receiver(daily_cleaning)
def erase(dry_run: bool, **kwargs: Any) -> str:
    """Erase them, a few at a time so that nobody who writes waits for long; a line that says how many."""
    erased = Conversation.objects.erasable().count() if dry_run else 0
    while not dry_run and (some := erase_some()):
        erased += some
    return f"{erased} deleted chat{'' if erased == 1 else 's'}"
