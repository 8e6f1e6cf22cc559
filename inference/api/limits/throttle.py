"""The limits on requests and tokens, checked before REST framework calls a view."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from inference.api.authentication import caller_id, key_of

from . import policy, windows
from .policy import Usage


class CallerThrottle(BaseThrottle):
    """Count the request, and set the rate limit headers of its response."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return True, or raise LimitReached."""
        key = key_of(request)
        token_limit = policy.token_limit(key)
        tokens = [windows.peek(token_limit)] if token_limit else []
        for day in tokens:
            if day.remaining <= 0:
                view.headers |= policy.headers(day, tokens)
                raise policy.too_many_tokens(day)
        requests: list[Usage] = []
        for limit in policy.request_limits(caller_id(request), key, settings.RATE_LIMIT):
            minute = windows.consume(limit, 1)
            requests.append(minute)
            if minute.remaining < 0:
                view.headers |= policy.headers(minute, requests + tokens)
                raise policy.too_many_requests(minute)
        if usages := requests + tokens:
            nearest = min(requests or tokens, key=lambda usage: usage.remaining)
            view.headers |= policy.headers(nearest, usages)
        return True
