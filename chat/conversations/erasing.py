"""What nobody can see any more is erased with the server's daily cleaning: chats that were deleted too long ago to be
had back (a few of them with each deletion, too), sessions that have ended, and the chats of visitors whose sessions
have.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.utils import timezone

from chat.accounts.owners import VISITOR
from chat.models import Conversation
from inference.serving.signals import daily_cleaning

BATCH = 20  # conversations erased at once: a long one has hundreds of messages
SESSIONS = 500  # erased at once


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


@receiver(daily_cleaning)
def erase_sessions(dry_run: bool, **kwargs: Any) -> str:
    """Erase those that have ended; whoever keeps no cookies leaves one with every visit."""
    ended = Session.objects.filter(expire_date__lt=timezone.now())
    erased = ended.count() if dry_run else 0
    while not dry_run and (keys := list(ended.values_list("pk", flat=True)[:SESSIONS])):
        Session.objects.filter(pk__in=keys).delete()
        erased += len(keys)
    return f"{erased} ended session{'' if erased == 1 else 's'}"


@receiver(daily_cleaning)
def erase_unreachable(dry_run: bool, **kwargs: Any) -> str:
    """Erase chats of visitors who have no session any more, and so no way to them."""
    keys = unreachable()
    for first in range(0, 0 if dry_run else len(keys), BATCH):
        Conversation.objects.filter(pk__in=keys[first : first + BATCH]).delete()
    return f"{len(keys)} chat{'' if len(keys) == 1 else 's'} of visitors whose sessions have ended"


def unreachable() -> list[Any]:
    """Their keys. A session lasts for a while after its last visit, so that only chats from before can be such."""
    before = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    old = dict(Conversation.objects.filter(visitor__isnull=False, updated_at__lt=before).values_list("pk", "visitor"))
    if not old:
        return []
    sessions = Session.objects.filter(expire_date__gte=timezone.now()).iterator()
    visitors = {session.get_decoded().get(VISITOR) for session in sessions}
    return [key for key, visitor in old.items() if str(visitor) not in visitors]
