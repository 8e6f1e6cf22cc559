"""The states of the chat page that contact sheets show, and how to reach each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.driver.chat_page import ChatPage
from tests.browser.driver.conversations import conversation, receipt
from tests.server import Server

HEIGHT = 900  # pixels
HOUR = 3600.0  # seconds
PASSWORD = "a horse, a battery"  # noqa: S105
QUESTION = "Compare the three weights of BitNet, and show how they are packed."
ANSWER = r"""A weight of BitNet is **−1, 0 or 1**, times a scale that its whole matrix shares.

| Weight | Share | Work for the processor |
| --- | ---: | --- |
| −1 | 31% | subtract the activation |
| 0 | 38% | nothing |
| 1 | 31% | add the activation |

Five of them fit into a byte, because \(3^5 = 243 \le 256\):

\[
b = \sum_{i=0}^{4} (w_i + 1) \cdot 3^i
\]

```python
def pack(weights: list[int]) -> int:
    # five ternary weights in one byte
    return sum((weight + 1) * 3**place for place, weight in enumerate(weights))
```

1. Add and subtract, never multiply.
2. Scale the sum once, at the end.
"""
THOUGHT = "They want the values and how they are packed. Five ternary digits have 243 values, which fit into a byte."
STORY = " ".join(
    ["The lighthouse keeper counted the waves, and every seventh one answered with a light of its own."] * 9
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was opened in a width, for a visitor who has the conversations of `PAST`, or for an administrator."""

    chat: ChatPage
    server: Server
    width: int

    @property
    def page(self) -> Page:
        return self.chat.page

    def open(self, title: str = "") -> ChatPage:
        """Open the chat page, with a conversation of this title if there is one."""
        if not title:
            return self.chat.open()
        listed = self.chat.get("/chat/conversations")["conversations"]
        chosen = next(each["id"] for each in listed if each["title"] == title)
        self.chat.open(f"/c/{chosen}")
        expect(self.page.locator("chat-answer .text").first).to_be_visible()
        return self.chat

    def ask(self, text: str) -> None:
        """Send a question: on a touch screen, Enter begins a line."""
        self.chat.composer.fill(text)
        self.chat.send.click()

    def show_list(self) -> None:
        """Open the list, where it is not beside the conversation."""
        button = self.page.get_by_role("button", name="Conversations", exact=True)
        if button.is_visible() and button.get_attribute("aria-expanded") == "false":
            button.click()
        expect(self.chat.items.first).to_be_in_viewport()


@dataclass(frozen=True, slots=True)
class State:
    """A state of a page. `reach` leads to it. `signed_in`: as an administrator."""

    name: str
    reach: Callable[[Visit], None]
    signed_in: bool = False
    height: int = HEIGHT


def _past() -> list[dict[str, Any]]:
    """Return what the visitor's list has."""
    answered = conversation(QUESTION, ANSWER, title="Weights of BitNet", age=60)
    answered["messages"][1] |= {"reasoning": THOUGHT, "runs": [receipt()]}
    versions = conversation("What is the sea?", "The sea is **blue** and wide.", title="The sea", age=2 * HOUR)
    first = versions["messages"][1]
    versions["messages"].append(first | {"id": str(uuid4()), "text": "The sea is grey, deep and wide."})
    titles = ("A haiku about rain", "Planets in a table", "Processes and threads", "Docker in five sentences")
    ages = (26 * HOUR, 30 * HOUR, 100 * HOUR, 900 * HOUR)
    others = [
        conversation(title, STORY, title=title, age=age, pinned=title.startswith("Planets"))
        for title, age in zip(titles, ages, strict=True)
    ]
    return [answered, versions, *others]


PAST = _past()


def empty(visit: Visit) -> None:
    visit.open()
    expect(visit.page.get_by_role("list", name="Examples to try")).to_be_visible()


def answered(visit: Visit) -> None:
    visit.open("Weights of BitNet")
    expect(visit.page.locator(".hljs-keyword").first).to_be_attached()
    expect(visit.page.locator("math").first).to_be_attached()
    visit.page.locator("details.thought summary").first.click()


def streaming(visit: Visit) -> None:
    chat = visit.open()
    visit.ask(STORY)
    chat.wait_until_streaming(words=8)


def queue(visit: Visit) -> None:
    streaming(visit)
    visit.ask("And what did the seventh wave say?")
    expect(visit.page.locator("chat-question.queued")).to_be_visible()


def error(visit: Visit) -> None:
    chat = visit.open()
    (visit.server.data_dir / "crash").touch()
    visit.ask("Tell me a story about a lighthouse, please.")
    expect(chat.last.locator(".problem")).to_be_visible()


def conversations(visit: Visit) -> None:
    visit.open("Weights of BitNet")
    visit.show_list()


def search(visit: Visit) -> None:
    conversations(visit)
    visit.chat.search.fill("light")
    expect(visit.page.locator("chat-list mark").first).to_be_visible()


def settings(visit: Visit) -> None:
    chat = visit.open("Weights of BitNet")
    chat.post("/chat/presets", {"name": "Precise", "settings": {"temperature": 0, "seed": 7}})
    visit.page.get_by_role("button", name="Settings", exact=True).click()
    expect(chat.settings).to_be_visible()


def compare(visit: Visit) -> None:
    chat = visit.open("The sea")
    chat.last.hover()
    chat.menu(chat.last.get_by_role("button", name="More for this answer"), "Compare versions")
    expect(visit.page.get_by_role("dialog", name="Compare versions")).to_be_visible()


def files(visit: Visit) -> None:
    chat = visit.open()
    rows = "planet;moons\n" + "\n".join(f"planet {number};{number % 9}" for number in range(60))
    for name, text in (
        ("planets.csv", rows),
        ("notes.md", "# Notes\nthree words here"),
        ("long.txt", "word " * 30_000),
    ):
        chat.drop({"name": name, "mimeType": "text/plain", "buffer": text.encode()})
    expect(visit.page.locator("chat-composer li.file")).to_have_count(2)
    chat.composer.fill("What do these files say?")


def temporary(visit: Visit) -> None:
    chat = visit.open()
    visit.show_list()
    chat.main_menu("Temporary chat")
    visit.ask("A question that is not kept")
    chat.wait_until_answered(1)


def share(visit: Visit) -> None:
    chat = visit.open("Weights of BitNet")
    chat.conversation_menu("Share a link")
    link = visit.page.get_by_role("dialog", name="Shared links").get_by_role("link").first
    visit.page.goto(link.get_attribute("href") or "")
    expect(visit.page.locator(".assistant .text").first).to_be_visible()


def links(visit: Visit) -> None:
    chat = visit.open("Weights of BitNet")
    chat.conversation_menu("Share a link")
    expect(visit.page.get_by_role("dialog", name="Shared links")).to_be_visible()


def prompts(visit: Visit) -> None:
    visit.page.request.get(visit.server.url)
    for name, text in (("Explain", "Explain {{topic}} to {{whom}}."), ("Summary", "Sum it up in three sentences.")):
        visit.chat.post("/chat/prompts", {"name": name, "text": text})
    chat = visit.open("Weights of BitNet")
    chat.composer.press_sequentially("/")
    expect(visit.page.get_by_role("option").first).to_be_visible()


def menu(visit: Visit) -> None:
    visit.open("Weights of BitNet")
    visit.page.locator("#more").click()
    expect(visit.page.get_by_role("menuitem").first).to_be_visible()


def sign_in(visit: Visit) -> None:
    visit.page.goto("/accounts/sign-in")
    visit.page.get_by_label("Name").fill("nobody")
    visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visit.page.get_by_role("button", name="Sign in").click()
    expect(visit.page.get_by_role("alert").first).to_be_visible()


def sign_up(visit: Visit) -> None:
    visit.page.goto("/accounts/sign-up")
    expect(visit.page.get_by_role("button", name="Create account")).to_be_visible()


CHAT = (
    State("chat-empty", empty),
    State("chat-answered", answered),
    State("chat-streaming", streaming),
    State("chat-queue", queue),
    State("chat-error", error),
    State("chat-list", conversations),
    State("chat-search", search),
    State("chat-settings", settings),
    State("chat-compare", compare),
    State("chat-files", files),
    State("chat-temporary", temporary),
    State("chat-prompts", prompts),
    State("chat-menu", menu),
    State("chat-share-links", links),
    State("share-page", share),
    State("sign-in", sign_in),
    State("sign-up", sign_up),
)
