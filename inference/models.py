"""What the operator sets, who may ask, and what happened: the settings' one row, API keys, generations, events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from bitnetsite.env import env
from inference.history.queries import EventQuerySet, GenerationQuerySet
from inference.keys.api_keys import PREFIX_LENGTH
from inference.keys.queries import ApiKeyQuerySet
from inference.provisioning.model_files import model_path
from inference.serving.parameters import (
    MAX_PROMPT_CHARS,
    MAX_SYSTEM_PROMPT_CHARS,
    MAX_TEMPERATURE,
    MIN_CONTEXT_SIZE,
    MIN_TOP_P,
)


def _number(least: float, most: float | None = None) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(least), *([MaxValueValidator(most)] if most is not None else [])]


def in_models_folder(file: str) -> None:
    """Raises ValidationError where this is not the name of a file in the models folder."""
    try:
        model_path(env("MODELS_DIR"), file)
    except ValueError as error:
        raise ValidationError(str(error)) from error


class InferenceSettings(models.Model):
    """What an operator changes while the server runs: one row. An empty field means the environment's value."""

    # Where a request or a conversation does not say.
    system_prompt = models.TextField(
        null=True,
        blank=True,
        max_length=MAX_SYSTEM_PROMPT_CHARS,
        help_text="What the model is told before a conversation.",
    )
    temperature = models.FloatField(
        null=True, blank=True, validators=_number(0, MAX_TEMPERATURE), help_text="0 is greedy: no chance at all."
    )
    top_p = models.FloatField(
        null=True, blank=True, validators=_number(MIN_TOP_P, 1), help_text="Nucleus sampling; 1 is off."
    )
    max_tokens = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Tokens of an answer, where a request does not say."
    )
    # What may be asked for at most.
    max_answer_tokens = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Most tokens of one answer that may be asked for."
    )
    max_prompt_chars = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=_number(1, MAX_PROMPT_CHARS),
        help_text="Most characters of a prompt or message.",
    )
    # Waiting.
    max_queue = models.PositiveIntegerField(
        null=True, blank=True, help_text="Requests that may wait; more are refused with 503."
    )
    queue_timeout = models.FloatField(
        null=True, blank=True, validators=_number(1), help_text="Seconds that a request may wait for a place."
    )
    max_requests_per_caller = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Requests of one caller that may wait or run at once."
    )
    # The engine; changing these replaces its processes, one after the other.
    model = models.CharField(
        null=True,
        blank=True,
        max_length=255,
        validators=[in_models_folder],
        help_text="A file in the models folder.",
    )
    max_threads = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Most threads for one answer."
    )
    model_instances = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Answers generated at once."
    )
    context_size = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(MIN_CONTEXT_SIZE), help_text="Tokens of context of a conversation."
    )
    # History.
    keep_api_texts = models.BooleanField(
        null=True, blank=True, help_text="Keep prompts and answers of the API in the history, and not only their sizes."
    )
    keep_chat_texts = models.BooleanField(
        null=True, blank=True, help_text="Keep prompts and answers of the chat page in the history, beside the chats."
    )
    history_days = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Days after which history is deleted."
    )
    # The page.
    sign_up = models.BooleanField(null=True, blank=True, help_text="Visitors may make accounts.")
    page_name = models.CharField(null=True, blank=True, max_length=40, help_text="What this server is called.")
    page_note = models.CharField(null=True, blank=True, max_length=200, help_text="A line under the composer.")
    example_questions = models.TextField(
        null=True, blank=True, max_length=600, help_text="Shown in an empty chat, one a line, at most four."
    )

    class Meta:
        verbose_name = "settings"
        verbose_name_plural = "settings"
        permissions = (
            ("view_dashboard", "Can see what the engine does"),
            ("operate_engine", "Can pause the engine, resume it, and retire processes"),
        )

    def __str__(self) -> str:
        return "Settings"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)


class ApiKey(models.Model):
    """A key to the API, which acts for its owner. The key itself is not here: see `api_keys.py`."""

    TOUCH = timedelta(minutes=1)  # how exactly `last_used_at` is kept

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60, help_text="What it is for, so that you know it again.")
    prefix = models.CharField(max_length=PREFIX_LENGTH, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Empty: the server's general limit, if it has one."
    )
    tokens_per_day = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Of prompts and answers. Empty: as many as it likes."
    )
    at_once = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=_number(1),
        help_text="Answers made at once. Empty: as many as it likes.",
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.shown})"

    @property
    def shown(self) -> str:
        """The part of it that may be seen."""
        return f"{self.prefix}…"

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def usable(self) -> bool:
        return self.revoked_at is None and not self.expired

    @property
    def limits_in_words(self) -> str:
        """As in `10 requests a minute, 2 answers at once`; empty where there are none."""
        limits = (
            (self.requests_per_minute, "request{s} a minute"),
            (self.tokens_per_day, "token{s} a day"),
            (self.at_once, "answer{s} at once"),
        )
        return ", ".join(f"{count:,} {name.format(s='' if count == 1 else 's')}" for count, name in limits if count)

    def revoke(self) -> None:
        """From now on it opens nothing, for good. Its row stays, for the history."""
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])

    def touch(self) -> None:
        """Keep that it was used just now; writes at most once in TOUCH."""
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at >= self.TOUCH:
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)


class RateWindow(models.Model):
    """What one caller has used of one limit, in the window that began at `started` (seconds since 1970)."""

    bucket = models.CharField(max_length=80, unique=True)
    started = models.FloatField(db_index=True)
    used = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.bucket}: {self.used}"


class GenerationRecord(models.Model):
    """One generation, whatever came of it. Times in seconds as in `engine.types.Timings`; None where not reached.

    `messages` (or `prompt`, for raw completion) and `answer` are None where only sizes are kept. `reproduces`: the
    generation that this one repeated, to see whether it comes out the same.
    """

    class Source(models.TextChoices):
        API = "api", "API"
        CHAT = "chat", "chat"
        COMMAND = "command", "command line"
        ADMIN = "admin", "admin"

    request_id = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=7, choices=Source)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="API key")
    model = models.CharField(max_length=255)
    temperature = models.FloatField()
    top_p = models.FloatField()
    max_tokens = models.PositiveIntegerField()
    context_size = models.PositiveIntegerField()
    stop = models.JSONField(default=list, blank=True)
    seed = models.PositiveBigIntegerField(null=True)
    threads = models.PositiveIntegerField(null=True)
    worker = models.CharField(max_length=100, blank=True, default="")
    messages = models.JSONField(null=True, blank=True)
    prompt = models.TextField(null=True, blank=True)
    answer = models.TextField(null=True, blank=True)
    prompt_characters = models.PositiveIntegerField()
    answer_characters = models.PositiveIntegerField(default=0)
    prompt_tokens = models.PositiveIntegerField(null=True)
    reused_tokens = models.PositiveIntegerField(null=True)
    generated_tokens = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=9)  # a FinishReason
    error_code = models.CharField(max_length=40, blank=True)
    queue = models.FloatField(null=True)
    prompt_time = models.FloatField(null=True)
    first_token = models.FloatField(null=True)
    decode = models.FloatField(null=True)
    reproduces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="reproductions")

    objects = GenerationQuerySet.as_manager()

    class Meta:
        verbose_name = "generation"
        ordering = ("-at",)
        permissions = (("reproduce_generationrecord", "Can reproduce generations"),)
        indexes = (
            models.Index(  # all that plots read, so that they need no row
                fields=(
                    "at",
                    "reason",
                    "error_code",
                    "prompt_tokens",
                    "generated_tokens",
                    "queue",
                    "prompt_time",
                    "first_token",
                    "decode",
                ),
                name="generation_for_plots",
            ),
            models.Index(fields=["source", "-at"], name="generation_of_source"),
            models.Index(fields=["user", "-at"], name="generation_of_user"),
            models.Index(fields=["reason", "-at"], name="generation_of_reason"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.source}"


class EngineEvent(models.Model):
    """Something that happened to the engine itself: a start, a death of a process, a change of its configuration."""

    class Kind(models.TextChoices):
        START = "start"
        DEATH = "death"
        CHANGE = "change"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=6, choices=Kind)
    detail = models.TextField(blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "event of the engine"
        verbose_name_plural = "events of the engine"
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"
