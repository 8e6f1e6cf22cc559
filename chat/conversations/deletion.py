"""Erase data that can no longer be reached, as part of the server's daily cleaning: conversations that can no longer be
restored (a few of them with each deletion, too), expired sessions, and the conversations, presets and prompts of
visitors whose sessions have expired.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat.accounts.owners import VISITOR
from chat.answers import answer_registry
from chat.models import Conversation, Message, Preset, SavedPrompt
from chat.transport import presence

BATCH = 20  # conversations erased at once: a long one has hundreds of messages
ADMIN_BATCH = 500  # conversations erased at once in one transaction
SESSION_BATCH = 500


def erase(conversations: QuerySet[Any]) -> None:
    """Erase conversations, notify their owners' open pages, and stop the answers being generated in them."""
    with transaction.atomic():
        rows = list(conversations.only("pk", "user", "visitor").order_by("pk"))
        announce_erased(rows)
        for first in range(0, len(rows), ADMIN_BATCH):
            Conversation.objects.filter(pk__in=[row.pk for row in rows[first : first + ADMIN_BATCH]]).erase()


def announce_erased(conversations: list[Conversation]) -> None:
    """Notify the owners' pages and stop the answers, once the transaction that erases these is committed."""
    for conversation in conversations:
        transaction.on_commit(partial(answer_registry.stop_in, conversation.pk))
        presence.notify_removed(conversation)


def erase_batch() -> int:
    """Erase the longest deleted conversations of any owner, up to BATCH; return how many."""
    erasable = Conversation.objects.erasable().order_by("deleted_at").values_list("pk", flat=True)
    return Conversation.objects.erasable().filter(pk__in=list(erasable[:BATCH])).erase()


def erase_deleted(dry_run: bool, **kwargs: Any) -> str:
    """Erase all erasable conversations, in small batches that do not hold up other writers. Called by the cleaning."""
    erased = Conversation.objects.erasable().count() if dry_run else 0
    while not dry_run and (batch := erase_batch()):
        erased += batch
    return f"{erased} deleted chat{'' if erased == 1 else 's'}"


def erase_temporary(dry_run: bool, **kwargs: Any) -> str:
    """Erase the temporary conversations that outlived their pages. Called by the cleaning."""
    keys = list(Conversation.objects.outlived().values_list("pk", flat=True))
    for first in range(0, 0 if dry_run else len(keys), BATCH):
        erase(Conversation.objects.outlived().filter(pk__in=keys[first : first + BATCH]))
    return f"{len(keys)} temporary chat{'' if len(keys) == 1 else 's'}"


def erase_deleted_messages(dry_run: bool, **kwargs: Any) -> str:
    """Erase the messages that can no longer be restored, one conversation at a time. Called by the cleaning."""
    erased = Message.objects.erasable().count()
    keys = Message.objects.erasable().order_by().values_list("conversation", flat=True).distinct()
    for key in [] if dry_run else list(keys):
        with transaction.atomic():  # all at once: what follows a message is deleted with it
            Conversation.objects.select_for_update(of=("self",)).filter(pk=key).first()
            Message.objects.erasable().filter(conversation=key).delete()
    return f"{erased} deleted message{'' if erased == 1 else 's'}"


def erase_sessions(dry_run: bool, **kwargs: Any) -> str:
    """Erase expired sessions. A client that keeps no cookies leaves one with every visit. Called by the cleaning."""
    expired = Session.objects.filter(expire_date__lt=timezone.now())
    erased = expired.count() if dry_run else 0
    while not dry_run and (keys := list(expired.values_list("pk", flat=True)[:SESSION_BATCH])):
        Session.objects.filter(pk__in=keys).delete()
        erased += len(keys)
    return f"{erased} ended session{'' if erased == 1 else 's'}"


def erase_unreachable(dry_run: bool, **kwargs: Any) -> str:
    """Erase conversations, presets and prompts of visitors whose sessions have expired. Called by the cleaning."""
    before = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)  # newer ones need no check
    old = [
        Conversation.objects.filter(visitor__isnull=False, updated_at__lt=before),
        Preset.objects.filter(visitor__isnull=False, created_at__lt=before),
        SavedPrompt.objects.filter(visitor__isnull=False, created_at__lt=before),
    ]
    lost = _without_session({visitor for rows in old for visitor in rows.values_list("visitor", flat=True)})
    conversations, *named = (rows.filter(visitor__in=lost) for rows in old)
    keys = list(conversations.values_list("pk", flat=True))
    if not dry_run:
        for first in range(0, len(keys), BATCH):
            Conversation.objects.filter(pk__in=keys[first : first + BATCH]).erase()
        for rows in named:
            rows.delete()
    return f"{len(keys)} chat{'' if len(keys) == 1 else 's'} of visitors whose sessions have ended"


def _without_session(visitors: set[UUID]) -> set[UUID]:
    """Return those of the visitors who have no session any more."""
    if not visitors:
        return set()
    sessions = Session.objects.filter(expire_date__gte=timezone.now()).iterator()
    present = {session.get_decoded().get(VISITOR) for session in sessions}
    return {visitor for visitor in visitors if str(visitor) not in present}
