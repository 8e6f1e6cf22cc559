"""The chat page as somebody uses it, and all that the browser says of it meanwhile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.conversations import file_of
from tests.server import Server

LISTEN_TO_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
  console.error(`Policy violated: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`));
"""
# What Chromium says of connections that fail: tests cut them, and look at how the page tells it.
OF_CONNECTIONS = ("Failed to load resource", "WebSocket connection")


def numbered(count: int) -> str:
    """A text of so many words, each of which is to be told from the others."""
    return " ".join(f"w{number}" for number in range(count))


class Witness:
    """What happened in a browser's pages: what they said, asked for and let happen."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = urlsplit(origin).netloc
        self.said: list[str] = []
        self.wrong: list[str] = []  # errors of scripts, violations of the policy, dialogs
        self.foreign: list[str] = []  # requests to elsewhere
        context.add_init_script(LISTEN_TO_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note_wrong(f"Error: {error.error}"))
        context.on("request", self._request)
        context.on("dialog", lambda dialog: (self._note_wrong(f"Dialog: {dialog.message}"), dialog.dismiss()))

    def _console(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")
        if message.type in ("error", "warning") and not message.text.startswith(OF_CONNECTIONS):
            self.wrong.append(message.text)

    def _note_wrong(self, text: str) -> None:
        self.said.append(text)
        self.wrong.append(text)

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.origin:
            self.foreign.append(request.url)


class ChatPage:
    """One tab with the chat page."""

    def __init__(self, page: Page, server: Server, witness: Witness, origin: str | None = None) -> None:
        self.page = page
        self.server = server
        self.witness = witness
        self.origin = origin or server.url
        self.composer = page.get_by_role("textbox", name="Message")
        self.send = page.locator("chat-composer button[type=submit]")
        self.questions = page.locator("chat-question")
        self.answers = page.locator("chat-answer")
        self.last = self.answers.last
        self.list = page.locator("chat-list")
        self.items = page.locator("chat-list-item")
        self.search = page.get_by_role("searchbox", name="Search conversations")
        self.state = page.locator("#state")
        self.toast = page.locator(".toast").last
        self.settings = page.get_by_role("dialog", name="Conversation settings")
        self.announced = page.locator("#announcements")

    def open(self, path: str = "/") -> ChatPage:
        """Go there, and wait until the page is connected and the model answers."""
        self.page.goto(self.origin + path)
        self.until_ready()
        return self

    def until_ready(self) -> None:
        expect(self.state).to_have_attribute("data-state", "good")

    def reload(self) -> None:
        self.page.reload()
        self.until_ready()

    def ask(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def until_answered(self, count: int | None = None) -> None:
        """Until the last answer (which is number `count`) is finished."""
        if count is not None:
            expect(self.answers).to_have_count(count)
        expect(self.last.locator("article")).to_have_attribute("aria-busy", "false")

    def until_streaming(self, words: int = 1) -> None:
        """Until the last answer is under way, with so many words."""
        expect(self.last.locator("article")).to_have_attribute("aria-busy", "true")
        self.page.wait_for_function(
            """(words) => {
                const text = [...document.querySelectorAll("chat-answer .text")].at(-1);
                return text && text.innerText.split(/\\s+/).filter(Boolean).length >= words;
            }""",
            arg=words,
        )

    def ask_and_wait(self, text: str) -> str:
        """The whole answer, as it is shown."""
        before = self.answers.count()
        self.ask(text)
        self.until_answered(before + 1)
        return self.text_of(self.last)

    @staticmethod
    def text_of(answer: Locator) -> str:
        return answer.locator(".text").inner_text()

    @property
    def conversation(self) -> str:
        """The id of the one that is shown."""
        self.page.wait_for_url("**/c/*")
        return urlsplit(self.page.url).path.rsplit("/", 1)[-1]

    def saved(self, conversation: str | None = None) -> list[dict[str, Any]]:
        """The messages of the shown branch, as the server has them."""
        return self.get(f"/chat/conversations/{conversation or self.conversation}/messages")["messages"]

    def bring(self, *conversations: dict[str, Any]) -> None:
        """Have these conversations, without opening a page."""
        self.page.request.get(self.origin)
        self.post("/chat/import", file_of(conversations))

    def get(self, path: str) -> Any:
        response = self.page.request.get(self.origin + path)
        assert response.ok, response.text()
        return response.json()

    def post(self, path: str, body: Any) -> Any:
        headers = {"X-CSRFToken": self._token, "Content-Type": "application/json"}
        response = self.page.request.post(self.origin + path, data=json.dumps(body), headers=headers)
        assert response.ok, response.text()
        return response.json()

    @property
    def _token(self) -> str:
        return next(each["value"] for each in self.page.context.cookies() if each["name"] == "csrftoken")

    def menu(self, button: Locator, item: str) -> None:
        """Open a menu, and choose from it."""
        button.click()
        self.page.get_by_role("menuitem", name=item).click()

    def conversation_menu(self, item: str) -> None:
        self.menu(self.page.locator("#more"), item)

    def main_menu(self, item: str) -> None:
        self.menu(self.page.locator("#main-menu"), item)

    def item_menu(self, title: str, item: str) -> None:
        """Of a conversation in the list."""
        self.item(title).hover()
        self.menu(self.item(title).get_by_role("button", name=f"More for {title}"), item)

    def item(self, title: str) -> Locator:
        return self.items.filter(has_text=title)

    def change_settings(self, **fields: str) -> None:
        """Through the panel; the names are those of its fields."""
        self.page.get_by_role("button", name="Settings").click()
        for name, value in fields.items():
            self.settings.get_by_label(LABELS[name], exact=True).fill(value)
        self.settings.get_by_role("button", name="Apply").click()
        expect(self.settings).to_be_hidden()

    def picture(self, path: Path) -> None:
        self.page.screenshot(path=path)


LABELS = {
    "system_prompt": "System prompt",
    "temperature": "Temperature",
    "top_p": "Top-p",
    "max_tokens": "Max answer length",
    "seed": "Seed",
}
