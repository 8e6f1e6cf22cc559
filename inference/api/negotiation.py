"""Content negotiation: the body is JSON, and so is the response, whatever the client accepts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.negotiation import DefaultContentNegotiation

from bitnetsite.http.error_bodies import printable


class FirstRenderer(DefaultContentNegotiation):
    """Always the first renderer. Clients of streams accept only text/event-stream, but errors are JSON for them too."""

    def select_parser(self, request: Any, parsers: Iterable[Any]) -> Any:
        """Return the parser for the body. Raise UnsupportedMediaType, which names what is accepted."""
        parser = super().select_parser(request, parsers)
        if parser is None:
            accepted = " or ".join(each.media_type for each in parsers)
            sent = (
                f"has the media type {printable(request.content_type)}" if request.content_type else "has no media type"
            )
            raise UnsupportedMediaType(
                request.content_type, f"The body {sent}. Send JSON with the header Content-Type: {accepted}."
            )
        return parser

    def select_renderer(
        self, request: Any, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
