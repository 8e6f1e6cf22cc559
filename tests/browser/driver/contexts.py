"""Browser contexts that are used again: a new one loads every module anew, for half a second of processor time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.engine_processes import SOAK
from tests.server import PATIENCE

# Animations draw a page sixty times a second while an answer runs, for a fifth of the browser's processor time. With
# SOAK=1 the pages have them, as for most visitors.
DEFAULTS = {
    "viewport": {"width": 1280, "height": 800},
    "locale": "en-GB",
    "reduced_motion": "no-preference" if SOAK else "reduce",
}


class Contexts:
    """Contexts of one browser. One that is given back keeps its cache of files, and nothing that a page stored."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[str, list[BrowserContext]] = {}
        self._kinds: dict[BrowserContext, str] = {}
        self._stored: dict[BrowserContext, Sequence[str]] = {}  # origins whose pages may have stored something

    def take(self, **options: Any) -> tuple[BrowserContext, Page]:
        """Return a context, and a blank page in it."""
        kind = repr(sorted(options.items()))
        if idle := self._idle.get(kind):
            context = idle.pop()
        else:
            context = self._browser.new_context(**DEFAULTS | options)
            context.set_default_timeout(PATIENCE * 1000)
            self._kinds[context] = kind
        page = context.new_page()
        self._forget(context, page)
        return context, page

    def give_back(self, context: BrowserContext, *origins: str) -> None:
        """Close the pages. What those of these origins stored is forgotten before the context is taken again."""
        context.unroute_all()
        context.set_offline(False)
        for page in context.pages:
            page.close()
        context.clear_cookies()
        self._stored[context] = origins
        self._idle.setdefault(self._kinds[context], []).append(context)

    def _forget(self, context: BrowserContext, page: Page) -> None:
        """Delete what pages stored. A page that is needed anyway does it: each takes a process of its own."""
        if origins := self._stored.pop(context, ()):
            devtools = context.new_cdp_session(page)
            for origin in origins:
                devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
            devtools.detach()
