"""The CORS headers of responses that do not pass Django's middleware.

Without them, a browser hides such a response from the page that sent the request, which sees only a network error.
"""

from __future__ import annotations

import io
from collections.abc import MutableMapping
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

Message = MutableMapping[str, Any]

_middleware = CorsMiddleware(lambda request: HttpResponse())


def cors_headers(scope: Message) -> list[tuple[bytes, bytes]]:
    """Return the headers that the middleware would add to the response of this request."""
    if not settings.CORS_ALLOWED_ORIGINS:
        return []
    response = HttpResponse()
    del response.headers["content-type"]
    _middleware.add_response_headers(ASGIRequest(scope, io.BytesIO()), response)
    return [(name.lower().encode(), value.encode()) for name, value in response.items()]


def is_preflight(scope: Message) -> bool:
    """Return whether a browser asks if a page may send a request. It needs an answer before it sends that."""
    return bool(scope["type"] == "http" and scope["method"] == "OPTIONS")
