"""API keys, and how much their owners and other callers have used of their limits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from inference.keys.api_keys import PREFIX_LENGTH, digest_of, matches, new_key, prefix_of
from inference.serving.parameters import MAX_COUNT, MAX_TOKENS_PER_DAY
from inference.validators import number_range


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def issue(self, **fields: Any) -> tuple[ApiKey, str]:
        """Create a key. Return its row and the key itself, which cannot be recovered later."""
        key = new_key()
        return self.create(prefix=key[:PREFIX_LENGTH], digest=digest_of(key), **fields), key

    def known(self, key: str) -> ApiKey | None:
        """Return the row of this key with its user, whatever its state. At most one query."""
        prefix = prefix_of(key)
        row = self.select_related("user").filter(prefix=prefix).first() if prefix else None
        return row if row and matches(key, row.digest) else None

    def usable(self, now: datetime) -> Self:
        """Filter keys that are neither revoked nor expired."""
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))


class ApiKey(models.Model):
    """An API key, which acts for its user. Only a hash of the key is stored: see `keys/api_keys.py`."""

    TOUCH_INTERVAL = timedelta(minutes=1)  # precision of `last_used_at`

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60, help_text="What the key is for.")
    prefix = models.CharField(max_length=PREFIX_LENGTH, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    requests_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(1, MAX_COUNT),
        help_text="Empty: the server's general limit, if any.",
    )
    tokens_per_day = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(1, MAX_TOKENS_PER_DAY),
        help_text="Of prompts and answers. Empty: no limit.",
    )
    at_once = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=number_range(1, MAX_COUNT),
        help_text="Concurrent answers. Empty: no limit.",
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
        """Return the part of the key that may be shown."""
        return f"{self.prefix}…"

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def usable(self) -> bool:
        return self.revoked_at is None and not self.expired

    @property
    def limits_in_words(self) -> str:
        """Return the limits as in `10 requests per minute, 2 concurrent answers`; empty if there are none."""
        limits = (
            (self.requests_per_minute, "request{s} per minute"),
            (self.tokens_per_day, "token{s} per day"),
            (self.at_once, "concurrent answer{s}"),
        )
        return ", ".join(f"{count:,} {name.format(s='' if count == 1 else 's')}" for count, name in limits if count)

    def revoke(self) -> None:
        """Revoke the key permanently. Its row stays, for the history."""
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])

    def touch(self) -> None:
        """Record that the key was used now; write at most once per TOUCH_INTERVAL."""
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at >= self.TOUCH_INTERVAL:
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)


class RateWindow(models.Model):
    """The usage of one limit by one caller, in the window that began at `started` (Unix time)."""

    bucket = models.CharField(max_length=80, unique=True)
    started = models.FloatField(db_index=True)
    used = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.bucket}: {self.used}"
