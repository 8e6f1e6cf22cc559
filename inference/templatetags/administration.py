"""Template filters of the administration: names of pages and sections, numbers with units, times with their zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.contrib import admin

from bitnetsite.admin_times import moment_element

register = template.Library()


@register.filter
def page_of(options: Any, page: str) -> str:
    """Return the URL name of a page of a model."""
    return f"admin:{options.app_label}_{options.model_name}_{page}"


@register.filter
def section_of(options: Any) -> str:
    """Return the name of the model's section."""
    return str(getattr(admin.site.get_model_admin(options.model), "section", ""))


@register.filter
def in_seconds(value: float | None) -> str:
    """Format a duration, as in `0.21 s`; a dash for None."""
    if value is None:
        return "–"
    return f"{value * 1000:.0f} ms" if value < 0.1 else f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


@register.filter
def plain(value: float) -> str:
    """Format a number without trailing zeros."""
    return f"{value:g}"


@register.filter
def counted(value: int | None) -> str:
    """Format a count with thousands separators; a dash for None."""
    return "–" if value is None else f"{value:,}"


@register.filter
def moment(value: datetime) -> str:
    """Show a time with its zone, as in `2026-11-23 06:57 UTC`."""
    return moment_element(value)


@register.filter
def exact_moment(value: datetime) -> str:
    """Show a time with seconds and its zone."""
    return moment_element(value, seconds=True)
