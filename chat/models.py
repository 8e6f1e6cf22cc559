"""Conversations as trees of messages, and presets of settings.

An edited question is a sibling of the first one, a regenerated answer likewise: nothing is overwritten. A conversation
shows one branch at a time, from the first message to its `leaf`.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.conversations.search import Searched, SearchedQuerySet

MOST_TITLE = 120  # characters
MOST_PINNED = 50  # conversations of an owner; they are all on the list's first page
MOST_NAME = 60  # characters of a preset's name
MOST_RUNS = 100  # receipts that an answer keeps, the last ones: it may be continued, or tried again, for ever
UNDO = timedelta(hours=1)  # how long a deleted conversation can be had back; after that it is erased


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows are read by their owner, and by nobody else."""

    def owned_by(self, owner: Owner) -> Self:
        return self.filter(**owner.fields)


class Owned(models.Model):
    """A row of one user, or of one visitor who is not signed in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    visitor = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def owner(self) -> Owner:
        return Owner(self.user_id, self.visitor)


class GenerationSettings(models.Model):
    """What a conversation asks the engine for. Empty (null) means the server's default, whatever it is then."""

    system_prompt = models.TextField(null=True, blank=True)
    temperature = models.FloatField(null=True, blank=True)
    top_p = models.FloatField(null=True, blank=True)
    max_tokens = models.PositiveIntegerField(null=True, blank=True)
    seed = models.PositiveBigIntegerField(null=True, blank=True)

    SETTINGS = ("system_prompt", "temperature", "top_p", "max_tokens", "seed")

    class Meta:
        abstract = True


def one_owner(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(user=None, visitor__isnull=False) | Q(user__isnull=False, visitor=None), name=name
    )


class ConversationQuerySet(OwnedQuerySet, SearchedQuerySet):
    def kept(self) -> Self:
        """Those that were not deleted."""
        return self.filter(deleted_at=None)

    def pinned(self, pinned: bool) -> Self:
        """Those that are pinned, or those that are not."""
        return self.filter(pinned__in=[pinned])  # SQLite looks `pinned IN (1)` up in an index, and `pinned` not

    def erasable(self, now: datetime | None = None) -> Self:
        """Those deleted so long ago that they cannot be had back."""
        return self.filter(deleted_at__lt=(now or timezone.now()) - UNDO)


class Conversation(Owned, Searched, GenerationSettings):
    """A tree of messages and the settings that its answers are made with. `leaf`: the end of the branch shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=MOST_TITLE)
    search_title = models.TextField(blank=True, editable=False)
    pinned = models.BooleanField(default=False)
    leaf = models.ForeignKey("Message", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)  # the last message; what lists are ordered by
    deleted_at = models.DateTimeField(null=True, blank=True)

    SEARCHED = ("title", "search_title")
    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = (one_owner("conversation_has_one_owner"),)
        indexes = (
            models.Index(fields=["user", "deleted_at", "pinned", "-updated_at"], name="conversation_of_user"),
            models.Index(fields=["visitor", "deleted_at", "pinned", "-updated_at"], name="conversation_of_visitor"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="conversation_deleted"),
        )

    def __str__(self) -> str:
        return self.title


class Message(Searched):
    """A question or an answer. Siblings have the same `parent`; None for the first ones.

    `runs`: how an answer came about, one receipt for each time that the engine worked on it (a continued answer has
    several); see `Receipt` in `frames.py`. `window_start`: the first message that the model saw for this answer, None
    where it saw the whole branch.
    """

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    class Status(models.TextChoices):
        COMPLETE = "complete"  # a question; an answer that the model ended
        GENERATING = "generating"  # being made; where no generation runs, the server stopped in the middle
        LENGTH = "length"  # cut by max_tokens or the context
        STOPPED = "stopped"  # by the user
        FAILED = "failed"  # `error_code` and `error_detail` say why
        INTERRUPTED = "interrupted"  # the server stopped in the middle

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    role = models.CharField(max_length=9, choices=Role)
    status = models.CharField(max_length=11, choices=Status, default=Status.COMPLETE)
    text = models.TextField(blank=True)
    search_text = models.TextField(blank=True, editable=False)  # written with `text`, by whatever writes that
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    runs = models.JSONField(default=list, blank=True)
    window_start = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    SEARCHED = ("text", "search_text")

    class Meta:
        indexes = (models.Index(fields=["conversation", "created_at"], name="message_of_conversation"),)

    def __str__(self) -> str:
        return f"{self.role}: {self.text[:60]}"


class Preset(Owned, GenerationSettings):
    """Settings under a name, to be used again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=MOST_NAME)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = (
            one_owner("preset_has_one_owner"),
            models.UniqueConstraint(fields=["user", "name"], name="preset_name_of_user"),
            models.UniqueConstraint(fields=["visitor", "name"], name="preset_name_of_visitor"),
        )

    def __str__(self) -> str:
        return self.name
