"""Sign-ins that fail too often: django-axes locks the name for the address that they come from, and this says so."""

from __future__ import annotations

import threading
import unicodedata
from typing import Any, Final

from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .clients import network_of
from .errors import too_many_attempts

_turns: Final = tuple(threading.Lock() for _ in range(256))


def turn(request: HttpRequest, name: str) -> threading.Lock:
    """To be held from the look at the failures so far until this one is counted.

    Else any number of attempts at once would all be looked at before the first of them counts. Attempts at another
    name, or from another address, hardly ever share a lock.
    """
    return _turns[hash((_one_way(name), network_of(request))) % len(_turns)]


def name_of(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that somebody tried, written in one way: other capitals are no further attempts."""
    return _one_way((credentials or {}).get("username") or request.POST.get("username") or "")


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The answer to an attempt that is not even looked at, with how long it stays so."""
    attempts = AccessAttempt.objects.filter(username=name_of(request, credentials), ip_address=network_of(request))
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    return too_many_attempts(request, (last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds())


def _one_way(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()[:255]
