"""Times as the administration writes them: one format, always with the name of the zone, which is the server's."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince


def moment(at: datetime, *, seconds: bool = False) -> str:
    """Format a time, as in `2026-11-23 06:57 UTC`; with seconds where several lie in one minute."""
    local = timezone.localtime(at)
    return f"{local:%Y-%m-%d %H:%M:%S %Z}" if seconds else f"{local:%Y-%m-%d %H:%M %Z}"


def moment_element(at: datetime, *, seconds: bool = False) -> str:
    """Return the `<time>` element of a time."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), moment(at, seconds=seconds))


def age_element(at: datetime) -> str:
    """Return a `<time>` element that says how long ago a time was, and in its tooltip when."""
    ago = f"{timesince(at, depth=1)} ago"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), moment(at, seconds=True), ago)
