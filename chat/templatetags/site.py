"""What the pages say of the server, and what their scripts are made of."""

from __future__ import annotations

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from bitnetsite.assets.module_graph import module_addresses
from inference.serving import configuration

register = template.Library()


@register.simple_tag
def site(name: str) -> str:
    """What the operator calls it: `page_name`, `page_note`. Without a query, for pages that tell of errors too."""
    return str(getattr(configuration.current(), name))


@register.simple_tag
def module_preloads(name: str) -> SafeString:
    """Have the browser fetch all that a module imports with the page, and not one import after the other."""
    imported = module_addresses(name)[1:]  # its own <script> fetches the module itself
    return format_html_join("\n  ", '<link rel="modulepreload" href="{}">', ((address,) for address in imported))
