"""The history: generations and engine events."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from inference.history.queries import EventQuerySet, GenerationQuerySet

from .keys import ApiKey


class GenerationRecord(models.Model):
    """One generation, whether it succeeded or not. Durations are those of `engine.types.Timings`; None if not reached.

    Of an answer that was cut off, only `decode` is known: the time from its first to its last text.

    `model`: id of the model that answered, empty in rows of servers with one model. `model_name`: its name for people.

    `node`: the machine that answered; empty if it was this one.

    `messages` (or `prompt`, for raw completion), `reasoning` (the thought) and `answer` are None if only sizes are
    stored. `sampling`: the fields of `engine.types.Sampling` without a column of their own, where they are not the
    default; a grammar only with the texts. `think`: as in `GenerationRequest`. `thinking_time`: seconds. `reproduces`:
    the generation that this one repeated for comparison.
    """

    class Source(models.TextChoices):
        API = "api", "API"
        OPENAI = "openai", "OpenAI API"
        OLLAMA = "ollama", "Ollama API"
        CHAT = "chat", "chat"
        COMMAND = "command", "command line"
        ADMIN = "admin", "admin"

    request_id = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=7, choices=Source)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="API key")
    model = models.CharField(max_length=255, blank=True, default="")
    model_name = models.CharField("model", max_length=255, blank=True, default="")
    temperature = models.FloatField()
    top_p = models.FloatField()
    sampling = models.JSONField(default=dict, blank=True)
    max_tokens = models.PositiveIntegerField()
    context_size = models.PositiveIntegerField()
    stop = models.JSONField(default=list, blank=True)
    think = models.BooleanField(null=True, blank=True)
    seed = models.PositiveBigIntegerField(null=True)
    threads = models.PositiveIntegerField(null=True)
    worker = models.CharField(max_length=100, blank=True, default="")
    node = models.CharField(max_length=100, blank=True, default="")
    messages = models.JSONField(null=True, blank=True)
    prompt = models.TextField(null=True, blank=True)
    reasoning = models.TextField(null=True, blank=True)
    answer = models.TextField(null=True, blank=True)
    prompt_characters = models.PositiveIntegerField()
    answer_characters = models.PositiveIntegerField(default=0)
    prompt_tokens = models.PositiveIntegerField(null=True)
    reused_tokens = models.PositiveIntegerField(null=True)
    generated_tokens = models.PositiveIntegerField(null=True)
    reasoning_tokens = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=9)  # a FinishReason
    error_code = models.CharField(max_length=40, blank=True)
    queue = models.FloatField(null=True)
    prompt_time = models.FloatField(null=True)
    first_token = models.FloatField(null=True)
    decode = models.FloatField(null=True)
    launch_time = models.FloatField(null=True)
    thinking_time = models.FloatField(null=True)
    reproduces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="reproductions")

    objects = GenerationQuerySet.as_manager()

    class Meta:
        verbose_name = "generation"
        ordering = ("-at",)
        permissions = (("reproduce_generationrecord", "Can reproduce generations"),)
        indexes = (
            models.Index(  # covers the plots' queries
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
    """An event of the engine itself: a start, a crash of a process, or a configuration change."""

    class Kind(models.TextChoices):
        START = "start"
        CRASH = "crash"
        CHANGE = "change"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=6, choices=Kind)
    detail = models.TextField(blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "engine event"
        verbose_name_plural = "engine events"
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"
