"""Explains an untrusted HTTPS proxy: without this, redirects to https would loop."""

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
    """Refuse requests that came by https through an untrusted proxy. Installed only if HTTPS is true.

    The proxy's address is logged, and not part of the answer.
    """

    def refused(request: HttpRequest) -> HttpResponse | None:
        if request.is_secure() or request.headers.get("X-Forwarded-Proto") != "https":
            return None
        _log_once(request.META.get("REMOTE_ADDR", ""))
        return proxy_not_trusted(request)

    def middleware(request: HttpRequest) -> Any:
        return refused(request) or get_response(request)

    async def async_middleware(request: HttpRequest) -> Any:
        return refused(request) or await get_response(request)

    return async_middleware if iscoroutinefunction(get_response) else middleware


@lru_cache(maxsize=64)
def _log_once(address: str) -> None:
    """Log each address once."""
    log.warning(
        "%s sent X-Forwarded-Proto: https, but is not a trusted proxy. If it is your proxy, add it to TRUSTED_PROXIES.",
        address,
    )
