"""Sign-ins that fail too often: django-axes locks the name for the address that they come from, and this says so."""

from __future__ import annotations

import unicodedata
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .errors import too_many_attempts


def name_of(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that somebody tried, written in one way: other capitals are no further attempts."""
    name = (credentials or {}).get("username") or request.POST.get("username") or ""
    return unicodedata.normalize("NFKC", name).casefold()[:255]


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The answer to an attempt that is not even looked at, with how long it stays so."""
    attempts = AccessAttempt.objects.filter(
        username=name_of(request, credentials), ip_address=request.META.get("REMOTE_ADDR")
    )
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    return too_many_attempts(request, (last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds())
