"""What is asked of a user who makes an API key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from inference.models import ApiKey

MOST_KEYS = 50  # of one user that open anything; each counts as a caller of its own
LIFETIMES = [("", "Never"), ("7", "After a week"), ("30", "After 30 days"), ("365", "After a year")]  # by days


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    """A name, an end, and limits for whoever wants them."""

    lifetime = forms.ChoiceField(label="Expires", choices=LIFETIMES, required=False)

    class Meta:
        model = ApiKey
        fields = ("name", "lifetime", "requests_per_minute", "tokens_per_day", "at_once")
        labels = {
            "requests_per_minute": "Requests a minute",
            "tokens_per_day": "Tokens a day",
            "at_once": "Answers at once",
        }
        help_texts = {
            "name": "What it is for, such as: backup script",
            "requests_per_minute": "",
            "tokens_per_day": "Of prompts and answers together",
            "at_once": "",
        }

    def __init__(self, owner: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.user = owner
        self.fields["name"].widget.attrs |= {"autocomplete": "off"}
        self.fields["name"].error_messages["required"] = "Give it a name, so that you know it again."
        for name in self.LIMITS:
            self.fields[name].widget.attrs |= {"inputmode": "numeric", "min": 1, "placeholder": "No limit"}
        if settings.RATE_LIMIT:
            requests = self.fields["requests_per_minute"]
            requests.widget.attrs |= {"placeholder": settings.RATE_LIMIT, "max": settings.RATE_LIMIT}
            requests.help_text = f"This server lets one caller send {settings.RATE_LIMIT}"

    LIMITS = ("requests_per_minute", "tokens_per_day", "at_once")

    @property
    def limits(self) -> list[forms.BoundField]:
        """The fields that most people leave empty."""
        return [self[name] for name in self.LIMITS]

    @property
    def limits_at_fault(self) -> bool:
        return any(field.errors for field in self.limits)

    def clean_requests_per_minute(self) -> int | None:
        """Nobody may grant themselves more than the operator grants everybody."""
        count: int | None = self.cleaned_data["requests_per_minute"]
        if count and settings.RATE_LIMIT and count > settings.RATE_LIMIT:
            raise ValidationError(f"At most {settings.RATE_LIMIT}: so many this server lets one caller send.")
        return count

    def clean(self) -> None:
        now = timezone.now()
        usable = ApiKey.objects.filter(user=self.instance.user).usable(now).count()
        if usable >= MOST_KEYS:
            raise ValidationError(f"You have {usable} keys, and nobody may have more. Revoke one that is not used.")
        days = self.cleaned_data.get("lifetime")
        self.instance.expires_at = now + timedelta(days=int(days)) if days else None

    def issue(self) -> tuple[ApiKey, str]:
        """Make the key: its row, and the key itself, to be shown this once."""
        limits = {name: self.cleaned_data[name] for name in self.LIMITS}
        expires_at = self.instance.expires_at
        return ApiKey.objects.issue(
            user=self.instance.user, name=self.cleaned_data["name"], expires_at=expires_at, **limits
        )
