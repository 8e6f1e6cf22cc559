"""The form with which users create API keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from inference.models import ApiKey
from inference.validators import use_plain_errors

MAX_KEYS = 50  # usable keys per user; each is a caller of its own
LIFETIMES = [("", "Never"), ("7", "After 7 days"), ("30", "After 30 days"), ("365", "After a year")]  # by days


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    """Name, expiry, and optional limits."""

    lifetime = forms.ChoiceField(label="Expires", choices=LIFETIMES, required=False)

    class Meta:
        model = ApiKey
        fields = ("name", "lifetime", "requests_per_minute", "tokens_per_day", "at_once")
        labels = {
            "requests_per_minute": "Requests per minute",
            "tokens_per_day": "Tokens per day",
            "at_once": "Concurrent answers",
        }
        help_texts = {
            "name": "What the key is for, such as: backup script",
            "requests_per_minute": "",
            "tokens_per_day": "Prompt and answer tokens together",
            "at_once": "",
        }

    def __init__(self, owner: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.user = owner
        use_plain_errors(self.fields.values())
        self.fields["name"].widget.attrs |= {"autocomplete": "off"}
        self.fields["name"].error_messages["required"] = "Enter a name."
        for name in self.LIMITS:
            self.fields[name].widget.attrs |= {"inputmode": "numeric", "min": 1, "placeholder": "No limit"}
        if settings.RATE_LIMIT:
            requests = self.fields["requests_per_minute"]
            requests.widget.attrs |= {"placeholder": settings.RATE_LIMIT, "max": settings.RATE_LIMIT}
            requests.help_text = f"At most {settings.RATE_LIMIT}, the limit of this server"

    LIMITS = ("requests_per_minute", "tokens_per_day", "at_once")

    @property
    def limits(self) -> list[forms.BoundField]:
        """Return the optional fields."""
        return [self[name] for name in self.LIMITS]

    @property
    def limits_have_errors(self) -> bool:
        return any(field.errors for field in self.limits)

    def clean_requests_per_minute(self) -> int | None:
        """Refuse more than the server's general limit."""
        count: int | None = self.cleaned_data["requests_per_minute"]
        if count and settings.RATE_LIMIT and count > settings.RATE_LIMIT:
            raise ValidationError(f"Enter at most {settings.RATE_LIMIT}, the limit of this server.")
        return count

    def clean(self) -> None:
        now = timezone.now()
        usable = ApiKey.objects.filter(user=self.instance.user).usable(now).count()
        if usable >= MAX_KEYS:
            raise ValidationError(f"You have {usable} keys, the maximum. Revoke one first.")
        days = self.cleaned_data.get("lifetime")
        self.instance.expires_at = now + timedelta(days=int(days)) if days else None

    def issue(self) -> tuple[ApiKey, str]:
        """Create the key. Return its row and the key itself, which is shown only once."""
        limits = {name: self.cleaned_data[name] for name in self.LIMITS}
        expires_at = self.instance.expires_at
        return ApiKey.objects.issue(
            user=self.instance.user, name=self.cleaned_data["name"], expires_at=expires_at, **limits
        )
