"""Locked sign-ins: after too many failures, django-axes locks a user name for the client address that tried it."""

from __future__ import annotations

import threading
import unicodedata
from typing import Any, Final

from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from bitnetsite.http.clients import network_of
from bitnetsite.http.errors import too_many_attempts

_locks: Final = tuple(threading.Lock() for _ in range(256))


def attempt_lock(request: HttpRequest, name: str) -> threading.Lock:
    """Return the lock to hold from checking the number of failures until this attempt is counted.

    Without it, concurrent attempts would all pass the check before the first failure is counted. Attempts with another
    name, or from another address, rarely share a lock.
    """
    return _locks[hash((_normalized(name), network_of(request))) % len(_locks)]


def name_of(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Return the normalized user name of an attempt, so that changing its case does not allow further attempts."""
    return _normalized((credentials or {}).get("username") or request.POST.get("username") or "")


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """Answer an attempt on a locked name, with the time until the lock ends."""
    attempts = AccessAttempt.objects.filter(username=name_of(request, credentials), ip_address=network_of(request))
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    return too_many_attempts(request, (last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds())


def _normalized(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()[:255]
