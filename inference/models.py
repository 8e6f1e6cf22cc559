"""What the operator sets, and what happened: the settings' one row, the generations, the engine's events."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from .parameters import (
    LEAST_CONTEXT,
    LEAST_TOP_P,
    MOST_PROMPT,
    MOST_SYSTEM_PROMPT,
    MOST_TEMPERATURE,
)


def _number(least: float, most: float | None = None) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(least), *([MaxValueValidator(most)] if most is not None else [])]


class InferenceSettings(models.Model):
    """What an operator changes while the server runs: one row. An empty field means the environment's value."""

    # Where a request or a conversation does not say.
    system_prompt = models.TextField(
        null=True, blank=True, max_length=MOST_SYSTEM_PROMPT, help_text="What the model is told before a conversation."
    )
    temperature = models.FloatField(
        null=True, blank=True, validators=_number(0, MOST_TEMPERATURE), help_text="0 is greedy: no chance at all."
    )
    top_p = models.FloatField(
        null=True, blank=True, validators=_number(LEAST_TOP_P, 1), help_text="Nucleus sampling; 1 is off."
    )
    max_tokens = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Tokens of an answer, where a request does not say."
    )
    # What may be asked for at most.
    most_tokens = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Most tokens of one answer that may be asked for."
    )
    most_prompt = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1, MOST_PROMPT), help_text="Most characters of a prompt or message."
    )
    # Waiting.
    max_queue = models.PositiveIntegerField(
        null=True, blank=True, help_text="Requests that may wait; more are refused with 503."
    )
    queue_timeout = models.FloatField(
        null=True, blank=True, validators=_number(1), help_text="Seconds that a request may wait for a place."
    )
    most_per_owner = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Requests of one caller that may wait or run at once."
    )
    # The engine; changing these replaces its processes, one after the other.
    model = models.CharField(null=True, blank=True, max_length=255, help_text="A file in the models folder.")
    max_threads = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Most threads for one answer."
    )
    model_instances = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(1), help_text="Answers generated at once."
    )
    context_size = models.PositiveIntegerField(
        null=True, blank=True, validators=_number(LEAST_CONTEXT), help_text="Tokens of context of a conversation."
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

    def __str__(self) -> str:
        return "Settings"


class GenerationQuerySet(models.QuerySet["GenerationRecord"]):
    def before(self, moment: object) -> Self:
        return self.filter(at__lt=moment)


class GenerationRecord(models.Model):
    """One generation, whatever came of it. Times in seconds as in `engine.types.Timings`; None where not reached.

    `messages` (or `prompt`, for raw completion) and `answer` are None where only sizes are kept.
    """

    class Source(models.TextChoices):
        API = "api", "API"
        CHAT = "chat", "chat"
        COMMAND = "command", "command line"

    request_id = models.CharField(max_length=32, db_index=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    source = models.CharField(max_length=7, choices=Source)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    model = models.CharField(max_length=255)
    temperature = models.FloatField()
    top_p = models.FloatField()
    max_tokens = models.PositiveIntegerField()
    context_size = models.PositiveIntegerField()
    stop = models.JSONField(default=list, blank=True)
    seed = models.PositiveBigIntegerField(null=True)
    threads = models.PositiveIntegerField(null=True)
    pid = models.PositiveIntegerField(null=True)
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

    objects = GenerationQuerySet.as_manager()

    class Meta:
        verbose_name = "generation"
        ordering = ("-at",)
        indexes = (
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

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"
