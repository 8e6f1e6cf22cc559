"""Browser contexts that are used again: a new one loads every module anew, for half a second of processor time."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.server import PATIENCE

SIZE = {"width": 1280, "height": 800}


class Contexts:
    """Contexts of one browser. One that is given back keeps its cache of files, and nothing that a page stored."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[str, list[BrowserContext]] = {}
        self._kinds: dict[BrowserContext, str] = {}

    def take(self, **options: Any) -> BrowserContext:
        kind = repr(sorted(options.items()))
        if idle := self._idle.get(kind):
            return idle.pop()
        context = self._browser.new_context(**{"viewport": SIZE, "locale": "en-GB"} | options)
        context.set_default_timeout(PATIENCE * 1000)
        self._kinds[context] = kind
        return context

    def give_back(self, context: BrowserContext, *origins: str) -> None:
        """Close the pages, and forget what those of these origins stored."""
        context.unroute_all()
        context.set_offline(False)
        for page in context.pages:
            page.close()
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        for origin in origins:
            devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        page.close()
        context.clear_cookies()
        self._idle.setdefault(self._kinds[context], []).append(context)
