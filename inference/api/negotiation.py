"""Content negotiation: JSON, whatever the client accepts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation


class FirstRenderer(DefaultContentNegotiation):
    """Always the first renderer. Clients of streams accept only text/event-stream, but errors are JSON for them too."""

    def select_renderer(
        self, request: Any, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
