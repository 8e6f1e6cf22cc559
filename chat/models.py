"""Conversations as trees of messages, presets of settings, and saved prompts.

An edited question is a sibling of the original, and so is a regenerated answer: nothing is overwritten. A conversation
shows one branch at a time, from the first message to its `leaf`.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from chat.accounts.owners import Owner
from chat.conversations.search import Searched, SearchedQuerySet
from chat.tags import TagsField, as_line
from inference.api.models import MAX_NAME_CHARS

MAX_TITLE = 120  # characters
MAX_PINNED = 50  # conversations of an owner; they are all on the list's first page
MAX_TAGS = 10  # of a conversation
MAX_TAG = 30  # characters
MAX_PRESET_NAME = 60  # characters; of a prompt, too
MAX_ANSWER_CHARS = 1_000_000  # of an answer that is imported or edited
MAX_FILES = 10  # of a question
MAX_FILE_NAME = 200  # characters
MAX_RUNS = 100  # receipts that an answer keeps, the latest: an answer may be continued or retried without end
RESTORE_WINDOW = timedelta(hours=1)  # how long what was deleted can be restored; after that it is erased
TEMPORARY_LIFETIME = timedelta(hours=12)  # since the last message; for pages that were closed without a word


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows that only their owner may read."""

    def owned_by(self, owner: Owner) -> Self:
        return self.filter(**owner.fields)


class Owned(models.Model):
    """A row of one user, or of one visitor without an account."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    visitor = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def owner(self) -> Owner:
        return Owner(self.user_id, self.visitor)


class GenerationSettings(models.Model):
    """The settings of answers. Empty (null) means the server's default at the time of the answer. `model`: an id."""

    model = models.CharField(max_length=MAX_NAME_CHARS, null=True, blank=True)
    system_prompt = models.TextField(null=True, blank=True)
    temperature = models.FloatField(null=True, blank=True)
    top_p = models.FloatField(null=True, blank=True)
    max_tokens = models.PositiveIntegerField(null=True, blank=True)
    seed = models.PositiveBigIntegerField(null=True, blank=True)

    SETTINGS = ("model", "system_prompt", "temperature", "top_p", "max_tokens", "seed")

    class Meta:
        abstract = True


def one_owner(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(user=None, visitor__isnull=False) | Q(user__isnull=False, visitor=None), name=name
    )


class DeletableQuerySet(models.QuerySet[Any]):
    """Rows that are hidden when they are deleted, and erased later."""

    def not_deleted(self) -> Self:
        return self.filter(deleted_at=None)

    def restorable(self, now: datetime | None = None) -> Self:
        """Return those that are not deleted, or were deleted so recently that they can be restored."""
        return self.exclude(deleted_at__lt=(now or timezone.now()) - RESTORE_WINDOW)

    def erasable(self, now: datetime | None = None) -> Self:
        """Return those that were deleted too long ago to be restored."""
        return self.filter(deleted_at__lt=(now or timezone.now()) - RESTORE_WINDOW)


class ConversationQuerySet(OwnedQuerySet, SearchedQuerySet, DeletableQuerySet):  # type: ignore[override]  # each has its `as_manager`
    def visible_to(self, owner: Owner) -> Self:
        """Return the owner's conversations, without the deleted ones."""
        return self.owned_by(owner).not_deleted()

    def kept(self) -> Self:
        """Return those that lists, searches and exports have: without the temporary ones."""
        return self.filter(temporary=False)

    def outlived(self, now: datetime | None = None) -> Self:
        """Return the temporary ones that their page did not delete."""
        return self.filter(temporary=True, updated_at__lt=(now or timezone.now()) - TEMPORARY_LIFETIME)

    def tagged(self, tag: str) -> Self:
        """Return those that have this tag."""
        return self.filter(tags__contains=as_line(tag))

    def pinned(self, pinned: bool) -> Self:
        """Return those that are pinned, or those that are not."""
        return self.filter(pinned__in=[pinned])  # SQLite uses the index for `pinned IN (1)`, and not for `pinned`

    def erase(self) -> int:
        """Delete the rows with their messages; return how many. Lock them first, as turns do, and in one order.

        A deletion alone would take messages before their conversation, and could wait for a turn that waits for it.
        """
        with transaction.atomic():
            locked = [row.pk for row in self.select_for_update(of=("self",)).order_by("pk").only("pk")]
            self.model.objects.filter(pk__in=locked).delete()
        return len(locked)


class Conversation(Owned, Searched, GenerationSettings):
    """A tree of messages, and the settings of its answers.

    `leaf`: the end of the branch that is shown. `temporary`: it is in no list, and is erased when its page is left.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=MAX_TITLE)
    search_title = models.TextField(blank=True, editable=False)
    tags = TagsField(blank=True)
    pinned = models.BooleanField(default=False)
    temporary = models.BooleanField(default=False)
    leaf = models.ForeignKey("Message", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)  # the latest message; the order of lists
    deleted_at = models.DateTimeField(null=True, blank=True)

    SEARCHED = ("title", "search_title")
    ALSO_SEARCHED = "tags"
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

    def more_searched(self) -> list[str]:
        return self.tags


class MessageQuerySet(SearchedQuerySet, DeletableQuerySet):  # type: ignore[override]  # each has its `as_manager`
    def generating(self) -> Self:
        return self.filter(status=Message.Status.GENERATING)


class Message(Searched):
    """A question or an answer. Siblings have the same `parent`; first messages have None.

    `edited`: a version of an answer that its reader wrote. `deleted_at`: it is hidden, with all that follows it.

    `files`: those that a question brings, each with `name` and `text`; see `chat/conversations/files.py`. `reasoning`:
    the thought of an answer, which is not a part of its text. `runs`: one receipt for each time that the engine worked
    on the answer (a continued answer has several); see `chat/answers/receipt.py`. `window_start`: the first message
    that the model saw for this answer, None where it saw the whole branch.
    """

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    class Status(models.TextChoices):
        COMPLETE = "complete"  # a question, or an answer that the model ended
        GENERATING = "generating"  # being generated; interrupted if it is not in the answer registry
        LENGTH = "length"  # cut by max_tokens or the context
        STOPPED = "stopped"  # by the user
        FAILED = "failed"  # `error_code` and `error_detail` say why
        INTERRUPTED = "interrupted"  # the server stopped while it was generated

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    role = models.CharField(max_length=9, choices=Role)
    status = models.CharField(max_length=11, choices=Status, default=Status.COMPLETE)
    text = models.TextField(blank=True)
    search_text = models.TextField(blank=True, editable=False)  # of `text` and `files`, written together with them
    reasoning = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    files = models.JSONField(default=list, blank=True)
    runs = models.JSONField(default=list, blank=True)
    window_start = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    edited = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    SEARCHED = ("text", "search_text")
    ALSO_SEARCHED = "files"
    objects = MessageQuerySet.as_manager()

    ONE_GENERATING = "message_one_generating_per_conversation"

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(status="generating"),
                name="message_one_generating_per_conversation",
            ),
        )
        indexes = (
            models.Index(fields=["conversation", "created_at"], name="message_of_conversation"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="message_deleted"),
        )

    def __str__(self) -> str:
        return f"{self.role}: {self.text[:60]}"

    def more_searched(self) -> list[str]:
        return [each[name] for each in self.files for name in ("name", "text")]


class Named(Owned):
    """A row that its owner has by name. `LIMIT`: how many an owner may have. The constraints are the models' own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=MAX_PRESET_NAME)
    created_at = models.DateTimeField(default=timezone.now)

    LIMIT: int
    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Preset(Named, GenerationSettings):
    """Named settings, to be used again. `default`: new conversations of the owner begin with them."""

    default = models.BooleanField(default=False)

    LIMIT = 100

    class Meta:
        constraints = (
            one_owner("preset_has_one_owner"),
            models.UniqueConstraint(fields=["user", "name"], name="preset_name_of_user"),
            models.UniqueConstraint(fields=["visitor", "name"], name="preset_name_of_visitor"),
        )


class SavedPrompt(Named):
    """A text with {{placeholders}}, to be inserted into a question."""

    text = models.TextField()

    LIMIT = 200

    class Meta:
        constraints = (
            one_owner("prompt_has_one_owner"),
            models.UniqueConstraint(fields=["user", "name"], name="prompt_name_of_user"),
            models.UniqueConstraint(fields=["visitor", "name"], name="prompt_name_of_visitor"),
        )


class ShareQuerySet(models.QuerySet[Any]):
    def live(self) -> Self:
        """Return those whose conversation is not deleted."""
        return self.filter(conversation__deleted_at=None)


class Share(models.Model):
    """A link to a copy of a branch; see `chat/sharing/`. Who has the token may read it."""

    token = models.CharField(max_length=43, unique=True, default=secrets.token_urlsafe, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="shares")
    title = models.CharField(max_length=MAX_TITLE)
    messages = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = ShareQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title
