"""The chat page, driven as a user would, and what the browser logs while it is open."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request, WebError, expect

from tests.browser.driver.conversations import file_of
from tests.server import Server

LISTEN_TO_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
  console.error(`Policy violated: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`));
"""
# What Chromium logs when a connection fails. Tests cut connections on purpose, and check what the page shows.
CONNECTION_ERRORS = ("Failed to load resource", "WebSocket connection")


def numbered(count: int) -> str:
    """Return a text of `count` different words."""
    return " ".join(f"w{number}" for number in range(count))


class BrowserLog:
    """The console lines, problems and foreign requests of a browser's pages."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = urlsplit(origin).netloc
        self.lines: list[str] = []
        self.problems: list[str] = []  # script errors, policy violations, dialogs
        self.foreign_requests: list[str] = []  # to other hosts
        self._ends = ExitStack()
        self._ends.enter_context(context.add_init_script(LISTEN_TO_VIOLATIONS))
        for event, handler in (
            ("console", self._console),
            ("weberror", self._error),
            ("request", self._request),
            ("dialog", self._dialog),
        ):
            context.on(event, handler)
            self._ends.callback(context.remove_listener, event, handler)

    def end(self) -> None:
        """Stop listening: the context is for another visitor."""
        self._ends.close()

    def _console(self, message: ConsoleMessage) -> None:
        self.lines.append(f"{message.type}: {message.text}")
        if message.type in ("error", "warning") and not message.text.startswith(CONNECTION_ERRORS):
            self.problems.append(message.text)

    def _error(self, error: WebError) -> None:
        self._add_problem(f"Error: {error.error}")

    def _dialog(self, dialog: Dialog) -> None:
        self._add_problem(f"Dialog: {dialog.message}")
        dialog.dismiss()

    def _add_problem(self, text: str) -> None:
        self.lines.append(text)
        self.problems.append(text)

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.origin:
            self.foreign_requests.append(request.url)


class ChatPage:
    """One tab with the chat page."""

    def __init__(self, page: Page, server: Server, log: BrowserLog, origin: str | None = None) -> None:
        self.page = page
        self.server = server
        self.log = log
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
        """Open a path, and wait until the page is connected and the model is ready."""
        self.page.goto(self.origin + path)
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        expect(self.state).to_have_attribute("data-state", "good")

    def reload(self) -> None:
        self.page.reload()
        self.wait_until_ready()

    def ask(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def wait_until_answered(self, count: int | None = None) -> None:
        """Wait until the last answer is finished; until there are `count` answers, if given."""
        if count is not None:
            expect(self.answers).to_have_count(count)
        expect(self.last.locator("article")).to_have_attribute("aria-busy", "false")

    def wait_until_streaming(self, words: int = 1) -> None:
        """Wait until the last answer is streaming and has at least this many words."""
        expect(self.last.locator("article")).to_have_attribute("aria-busy", "true")
        self.page.wait_for_function(
            """(words) => {
                const text = [...document.querySelectorAll("chat-answer .text")].at(-1);
                return text && text.innerText.split(/\\s+/).filter(Boolean).length >= words;
            }""",
            arg=words,
        )

    def ask_and_wait(self, text: str) -> str:
        """Ask a question, and return the complete answer as it is shown."""
        before = self.answers.count()
        self.ask(text)
        self.wait_until_answered(before + 1)
        return self.text_of(self.last)

    @staticmethod
    def text_of(answer: Locator) -> str:
        return answer.locator(".text").inner_text()

    @property
    def conversation(self) -> str:
        """The id of the conversation that is shown."""
        self.page.wait_for_url("**/c/*")
        return urlsplit(self.page.url).path.rsplit("/", 1)[-1]

    def saved(self, conversation: str | None = None) -> list[dict[str, Any]]:
        """Return the messages of the shown branch from the server."""
        return self.get(f"/chat/conversations/{conversation or self.conversation}/messages")["messages"]

    def import_conversations(self, *conversations: dict[str, Any]) -> None:
        """Import conversations for this visitor, without opening a page."""
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
        """Open a menu, and choose an item."""
        button.click()
        self.page.get_by_role("menuitem", name=item).click()

    def conversation_menu(self, item: str) -> None:
        self.menu(self.page.locator("#more"), item)

    def main_menu(self, item: str) -> None:
        self.menu(self.page.locator("#main-menu"), item)

    def item_menu(self, title: str, item: str) -> None:
        """Choose from the menu of a conversation in the list."""
        self.item(title).hover()
        self.menu(self.item(title).get_by_role("button", name=f"More for {title}"), item)

    def item(self, title: str) -> Locator:
        return self.items.filter(has_text=title)

    def drop(self, *files: dict[str, Any]) -> None:
        """Drop files on the page, away from the composer."""
        listed = [each | {"buffer": list(each["buffer"])} for each in files]
        self.page.evaluate(DROP, listed)

    def change_settings(self, **fields: str) -> None:
        """Set these fields in the settings panel, and apply them."""
        self.page.get_by_role("button", name="Settings", exact=True).click()
        for name, value in fields.items():
            self.settings.get_by_label(LABELS[name], exact=True).fill(value)
        self.settings.get_by_role("button", name="Apply").click()
        expect(self.settings).to_be_hidden()

    def picture(self, path: Path) -> None:
        self.page.screenshot(path=path)


# As a browser does: the pointer enters an element, and lets go there.
DROP = """(files) => {
  const dataTransfer = new DataTransfer();
  for (const { name, mimeType, buffer } of files) {
    dataTransfer.items.add(new File([new Uint8Array(buffer)], name, { type: mimeType }));
  }
  const target = document.querySelector("#title");
  for (const type of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""
LABELS = {
    "system_prompt": "System prompt",
    "temperature": "Temperature",
    "top_p": "Top-p",
    "max_tokens": "Max answer length",
    "seed": "Seed",
}
