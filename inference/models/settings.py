"""The operator's settings."""

from __future__ import annotations

from typing import Any, Final

from django.db import models

from inference.serving.parameters import (
    MAX_CONTEXT_SIZE,
    MAX_COUNT,
    MAX_DAYS,
    MAX_MODELS,
    MAX_PROCESSES,
    MAX_PROMPT_CHARS,
    MAX_SECONDS,
    MAX_SYSTEM_PROMPT_CHARS,
    MAX_TEMPERATURE,
    MAX_THREADS,
    MIN_CONTEXT_SIZE,
    MIN_TOP_P,
)
from inference.validators import in_models_folder, number_range

MAX_OFFERED_CHARS: Final = 20_000  # ids, one per line


class InferenceSettings(models.Model):
    """Settings that an operator changes while the server runs, in one row. Empty fields use the environment."""

    # Defaults of requests and conversations.
    system_prompt = models.TextField(
        null=True,
        blank=True,
        max_length=MAX_SYSTEM_PROMPT_CHARS,
        help_text="Instructions to the model, before every conversation.",
    )
    temperature = models.FloatField(
        null=True,
        blank=True,
        validators=number_range(0, MAX_TEMPERATURE, f"Enter a number from 0 to {MAX_TEMPERATURE:g}."),
        help_text="Higher values give more varied answers; 0 selects the most likely token each time.",
    )
    top_p = models.FloatField(
        null=True,
        blank=True,
        validators=number_range(MIN_TOP_P, 1, "Enter a number above 0 and up to 1."),
        help_text="Nucleus sampling; 1 disables it.",
    )
    max_tokens = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(1, MAX_CONTEXT_SIZE),
        help_text="Default maximum tokens per answer.",
    )
    # Limits of requests and messages.
    max_answer_tokens = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(1, MAX_CONTEXT_SIZE),
        help_text="Upper limit for requests, in tokens per answer.",
    )
    max_prompt_chars = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(1, MAX_PROMPT_CHARS),
        help_text="Maximum characters of a prompt or message.",
    )
    # Queue.
    max_queue = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(0, MAX_COUNT),
        help_text="Maximum queued requests; further ones are refused with 503.",
    )
    queue_timeout = models.FloatField(
        null=True,
        blank=True,
        validators=number_range(1, MAX_SECONDS),
        help_text="Maximum seconds that a request may wait.",
    )
    max_requests_per_caller = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(1, MAX_COUNT),
        help_text="Maximum queued and running requests per caller.",
    )
    # Engine. A change replaces its processes, one after the other.
    model = models.CharField(
        null=True,
        blank=True,
        max_length=255,
        validators=[in_models_folder],
        help_text="The default model: a file in the models folder.",
    )
    offered_models = models.TextField(
        null=True,
        blank=True,
        max_length=MAX_OFFERED_CHARS,
        help_text="What requests may ask for besides the default model.",
    )
    max_models = models.PositiveIntegerField(
        null=True, blank=True, validators=number_range(1, MAX_MODELS), help_text="Models in memory at once."
    )
    max_threads = models.PositiveIntegerField(
        null=True, blank=True, validators=number_range(1, MAX_THREADS), help_text="Maximum threads per answer."
    )
    model_instances = models.PositiveIntegerField(
        null=True, blank=True, validators=number_range(1, MAX_PROCESSES), help_text="Answers generated concurrently."
    )
    context_size = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(MIN_CONTEXT_SIZE, MAX_CONTEXT_SIZE),
        help_text="Default context size of a conversation, in tokens.",
    )
    # History.
    keep_api_texts = models.BooleanField(
        null=True, blank=True, help_text="Store prompts and answers of API requests, not only their sizes."
    )
    keep_chat_texts = models.BooleanField(
        null=True, blank=True, help_text="Store prompts and answers of the chat page, in addition to the conversations."
    )
    history_days = models.PositiveIntegerField(
        null=True, blank=True, validators=number_range(1, MAX_DAYS), help_text="Days until history entries are deleted."
    )
    # Chat page.
    sign_up = models.BooleanField(null=True, blank=True, help_text="Visitors may create accounts.")
    public_share_links = models.BooleanField(
        null=True, blank=True, help_text="Share links show their conversation without sign-in."
    )
    page_name = models.CharField(null=True, blank=True, max_length=40, help_text="Name of this server.")
    page_note = models.CharField(null=True, blank=True, max_length=200, help_text="Note below the message field.")
    example_questions = models.TextField(
        null=True, blank=True, max_length=600, help_text="Shown in an empty chat: one per line, at most four."
    )

    class Meta:
        verbose_name = "settings"
        verbose_name_plural = "settings"
        permissions = (
            ("view_dashboard", "Can view the dashboard"),
            ("operate_engine", "Can pause and resume the engine, and retire processes"),
        )

    def __str__(self) -> str:
        return "Settings"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)
