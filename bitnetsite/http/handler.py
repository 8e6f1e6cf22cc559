"""Django's ASGI handler, with middleware on the event loop, and the length of each request's body."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import IO, Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, ASGIRequest


class Request(ASGIRequest):
    """Sets CONTENT_LENGTH to the length of the body as it was read.

    A chunked or decompressed body has no Content-Length, and REST framework takes it for empty.
    """

    def __init__(self, scope: MutableMapping[str, Any], body_file: IO[bytes]) -> None:
        super().__init__(scope, body_file)
        body_file.seek(0, os.SEEK_END)
        if length := body_file.tell():
            self.META["CONTENT_LENGTH"] = str(length)
        body_file.seek(0)


class Handler(ASGIHandler):
    request_class = Request

    def load_middleware(self, is_async: bool = False) -> None:
        """Load the middleware of the settings, in the form that needs no threads. Called once, by the constructor."""
        from .middleware import ON_EVENT_LOOP

        named = settings.MIDDLEWARE
        settings.MIDDLEWARE = [ON_EVENT_LOOP.get(name, name) for name in named]
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = named
