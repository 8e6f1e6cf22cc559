"""What the administration's pages say in a line: sections, numbers with their units."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib import admin

register = template.Library()


@register.filter
def page_of(options: Any, page: str) -> str:
    """The name of a model's page, for `url`."""
    return f"admin:{options.app_label}_{options.model_name}_{page}"


@register.filter
def section_of(options: Any) -> str:
    """What the model's section is called."""
    return str(admin.site._registry[options.model].section)


@register.filter
def in_seconds(value: float | None) -> str:
    """As in `0.21 s`; a dash for what was not reached."""
    if value is None:
        return "–"
    return f"{value * 1000:.0f} ms" if value < 0.1 else f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


@register.filter
def plain(value: float) -> str:
    """Without zeros at the end."""
    return f"{value:g}"


@register.filter
def counted(value: int | None) -> str:
    """With thousands apart; a dash for what is not known."""
    return "–" if value is None else f"{value:,}"
