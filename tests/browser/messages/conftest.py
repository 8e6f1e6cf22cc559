"""The chat page's module for the text of answers, without an answer: one page for all tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.driver.chat_page import BrowserLog
from tests.server import PATIENCE, Server

IMPORT = """async () => {
  const module = document.querySelector('link[rel=modulepreload][href*="/messages/markdown/markdown."]');
  window.MarkdownText = (await import(module.href)).MarkdownText;
}"""
SHOW = """([pieces, ends]) => {
  const root = document.createElement("div");
  root.className = "text";
  turns.replaceChildren(document.createElement("chat-answer"));
  turns.firstChild.className = "last"; // rendered also where it is out of sight
  turns.firstChild.replaceChildren(root);
  const text = new MarkdownText(root);
  return pieces.map((each, at) => {
    text.show(each, ends && at === pieces.length - 1);
    (AFTER)?.(root);
    return root.innerHTML;
  });
}"""


class Text:
    """The text of an answer as the page shows it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("chat-answer .text")

    def show(self, text: str) -> Locator:
        """Show a complete text."""
        self._show([text])
        return self.root

    def stream(self, text: str, *, step: int = 1, ends: bool = True, after: str | None = None) -> list[str]:
        """Show a growing text. Return the HTML after each piece. `after`: a function of the page, called after each."""
        pieces = [text[:end] for end in range(step, len(text), step)]
        return self._show([*pieces, text], ends=ends, after=after)

    @property
    def html(self) -> str:
        return self.root.inner_html()

    def _show(self, pieces: Sequence[str], *, ends: bool = True, after: str | None = None) -> list[str]:
        shown: list[str] = self.page.evaluate(SHOW.replace("AFTER", after or "null"), [pieces, ends])
        return shown


@pytest.fixture(scope="package")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    permissions = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=permissions)
    context.set_default_timeout(PATIENCE * 1000)
    log = BrowserLog(context, server.url)
    page = context.new_page()
    page.goto(server.url)
    expect(page.locator("#state")).to_have_attribute("data-state", "good")
    page.evaluate(IMPORT)
    yield page
    context.close()
    assert not [*log.problems, *log.foreign_requests]


@pytest.fixture
def text(page: Page) -> Any:
    return Text(page)
