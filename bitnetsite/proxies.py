"""Says what is missing where a proxy speaks https and is not believed: redirects to https would go round in circles."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from .errors import proxy_not_trusted

log = logging.getLogger(__name__)


@sync_and_async_middleware
def untrusted_proxies(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answers what comes through such a proxy; in use with HTTPS=true. The address stands in the log alone."""

    def refused(request: HttpRequest) -> HttpResponse | None:
        if request.is_secure() or request.headers.get("X-Forwarded-Proto") != "https":
            return None
        _log(request.META.get("REMOTE_ADDR", ""))
        return proxy_not_trusted(request)

    def middleware(request: HttpRequest) -> HttpResponse:
        return refused(request) or get_response(request)

    async def async_middleware(request: HttpRequest) -> HttpResponse:
        return refused(request) or await get_response(request)

    return async_middleware if iscoroutinefunction(get_response) else middleware


@lru_cache(maxsize=64)
def _log(address: str) -> None:
    """Once for each address."""
    log.warning(
        "%s says in X-Forwarded-Proto that it was asked by https, but is not believed. If it is your proxy, add it to "
        "TRUSTED_PROXIES.",
        address,
    )
