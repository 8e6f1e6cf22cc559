"""Template tags: the operator's texts, icons, and the modules that a page's script imports."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bitnetsite.assets.icons import sprite
from bitnetsite.assets.module_graph import module_addresses
from inference.serving import configuration

register = template.Library()


@register.simple_tag
def site(name: str) -> str:
    """Return the operator's `page_name` or `page_note`. No query, so that error pages can use it."""
    return str(getattr(configuration.current(), name))


@register.simple_tag
def module_preloads(name: str) -> SafeString:
    """Preload all modules that a module imports, instead of one import after the other."""
    imported = module_addresses(name)[1:]  # its own <script> fetches the module itself
    return format_html_join("\n  ", '<link rel="modulepreload" href="{}">', ((address,) for address in imported))


@register.simple_tag
def icons() -> SafeString:
    """Return the drawing with all icons, which a page that has icons includes once."""
    return sprite()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon. What it means is said by the text, or by the name, of what it is in."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#icon-{}"/></svg>', name)
