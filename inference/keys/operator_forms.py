"""The forms with which operators create and change API keys of users."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from inference.models import ApiKey
from inference.validators import use_plain_errors

from .forms import LIFETIMES

LIMITS = ("requests_per_minute", "tokens_per_day", "at_once")
LABELS = {
    "requests_per_minute": "Requests per minute",
    "tokens_per_day": "Tokens per day",
    "at_once": "Concurrent answers",
}


class _KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        use_plain_errors(self.fields.values())
        for name in LIMITS:
            if name in self.fields:
                self.fields[name].widget = forms.NumberInput(attrs={"min": 1, "class": "short"})


class NewKeyForm(_KeyForm):
    """Owner, name, expiry and limits of a new key."""

    owner = forms.CharField(
        max_length=150,
        help_text="The user that the key acts for. Requests with the key count as theirs.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    lifetime = forms.ChoiceField(label="Expires", choices=LIFETIMES, required=False)

    class Meta:
        model = ApiKey
        fields = ("owner", "name", "lifetime", *LIMITS)
        labels = LABELS

    def clean_owner(self) -> User:
        name = self.cleaned_data["owner"].strip()
        user = User.objects.filter(username=name).first()
        if user is None:
            raise ValidationError(f"There is no user {name!r}. Create the account first, under Users.")
        if not user.is_active:
            raise ValidationError(f"The account {name} is disabled, so its key would be refused.")
        return user

    def clean(self) -> None:
        if owner := self.cleaned_data.get("owner"):
            self.instance.user = owner
        days = self.cleaned_data.get("lifetime")
        self.instance.expires_at = timezone.now() + timedelta(days=int(days)) if days else None


class KeyForm(_KeyForm):
    """The fields that can be changed later."""

    expires_at = forms.DateTimeField(
        label="Expires (UTC)",
        required=False,
        help_text="Empty: never.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    class Meta:
        model = ApiKey
        fields = ("name", "expires_at", *LIMITS)
        labels = LABELS
