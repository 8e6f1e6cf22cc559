"""What is asked of an operator who makes or changes somebody's API key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from inference.models import ApiKey

from .forms import LIFETIMES

LIMITS = ("requests_per_minute", "tokens_per_day", "at_once")
LABELS = {
    "requests_per_minute": "Requests a minute",
    "tokens_per_day": "Tokens a day",
    "at_once": "Answers at once",
}


class _KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LIMITS:
            if name in self.fields:
                self.fields[name].widget = forms.NumberInput(attrs={"min": 1, "class": "short"})


class NewKeyForm(_KeyForm):
    """Whose it is, what it is for, and how far it goes."""

    owner = forms.CharField(
        max_length=150,
        help_text="The name of the user that it acts for. What is asked with it counts as asked by them.",
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
            raise ValidationError(f"There is no user {name!r}. Make them first, under Users.")
        if not user.is_active:
            raise ValidationError(f"{name} is closed, so that the key would open nothing.")
        return user

    def clean(self) -> None:
        if owner := self.cleaned_data.get("owner"):
            self.instance.user = owner
        days = self.cleaned_data.get("lifetime")
        self.instance.expires_at = timezone.now() + timedelta(days=int(days)) if days else None


class KeyForm(_KeyForm):
    """What may change later."""

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
