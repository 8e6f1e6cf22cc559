"""The pictures of `docs/screenshots/`, by real use of a server with the demo model: `make screenshots`."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import chromium
from tests.browser.chat_page import ChatPage, Witness
from tests.browser.conversations import file_of
from tests.server import PATIENCE, ROOT, Server

FOLDER = ROOT / "docs" / "screenshots"
WIDE = {"viewport": {"width": 1200, "height": 780}, "device_scale_factor": 1.5}
PHONE = {"viewport": {"width": 390, "height": 760}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
SEED = "3"
RUN, REST = 0.004, 0.05  # seconds: the demo model is too quick to be seen at work otherwise

# Questions of one conversation each, the hours since, and whether it is pinned.
LISTED: list[tuple[list[str], float, bool]] = [
    (["What is BitNet?", "Show me a Python loop", "Make a table of three countries and their capitals"], 0, False),
    (["Tell me a story about a lighthouse"], 2, False),
    (["What is the difference between a process and a thread?"], 27, False),
    (["Give me a list of the planets"], 30, False),
    (["Write a haiku about the sea"], 70, True),
    (["Show me a table of planets"], 90, False),
    (["How does this server keep conversations apart?"], 120, False),
    (["Write a Python function that adds two numbers"], 260, False),
    (["What is overfitting?"], 400, False),
    (["What is Docker?"], 1200, False),
]


class Photographer:
    """A browser before a server."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser, self.server = browser, server
        self.past: dict[str, Any] = {}

    @contextmanager
    def page(self, path: str = "/", theme: str = "light", **options: Any) -> Iterator[ChatPage]:
        """The chat page of a visitor with the conversations of before, if there are any yet."""
        context = self.browser.new_context(
            **{"color_scheme": theme, "locale": "en-GB", "reduced_motion": "reduce"} | (options or WIDE)
        )
        context.set_default_timeout(PATIENCE * 1000)
        page = ChatPage(context.new_page(), self.server, Witness(context, self.server.url))
        page.open()
        if self.past:
            page.post("/chat/import", self.past)
        page.open(path)
        yield page
        context.close()

    def live_through(self) -> None:
        """Have the conversations, and put them where they were in time."""
        with self.page() as page:
            for questions, _, _ in LISTED:
                page.open()
                page.change_settings(seed=SEED, temperature="0")
                for question in questions:
                    page.ask_and_wait(question)
            made = page.get("/chat/export")["conversations"]
        now = datetime.fromisoformat(made[0]["updated_at"])
        by_title = {each["title"]: each for each in made}
        for questions, hours, pinned in LISTED:
            at = (now - timedelta(hours=hours)).isoformat()
            by_title[questions[0]] |= {"updated_at": at, "pinned": pinned}
        self.past = file_of(made)

    def path_of(self, title: str, page: ChatPage) -> str:
        listed = page.get("/chat/conversations")
        return next(f"/c/{each['id']}" for each in listed["conversations"] if each["title"] == title)

    @contextmanager
    def slowed(self) -> Iterator[None]:
        """Let the engine work in short moments, as a model does that is larger than this machine likes."""
        over = threading.Event()

        def hold_back() -> None:
            held: list[int] = []
            while not over.is_set():
                send(held, signal.SIGSTOP)
                held = self.server.children()  # new ones too: each conversation has its own
                send(held, signal.SIGSTOP)
                over.wait(REST)
                send(held, signal.SIGCONT)
                over.wait(RUN)

        thread = threading.Thread(target=hold_back)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def kill_engine(self) -> None:
        with self.server.client() as client:
            processes = client.get("/model_info").json()["pool"]["processes"]
        send([each["pid"] for each in processes if each["state"] == "answering"], signal.SIGKILL)


def send(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def save(page: ChatPage, name: str) -> None:
    """A picture of the page as it is."""
    page.page.mouse.move(0, 0)
    page.page.evaluate("document.fonts.ready")
    path = FOLDER / f"{name}.png"
    page.page.screenshot(path=path)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB\n")
    sys.stdout.flush()


def empty(photographer: Photographer) -> None:
    with photographer.page() as page:
        expect(page.page.locator(".notice")).to_be_visible()
        save(page, "empty")


def conversation(photographer: Photographer) -> None:
    for name, theme in (("conversation", "light"), ("dark", "dark")):
        with photographer.page(theme=theme) as page:
            page.item("What is BitNet?").locator("a").click()
            expect(page.page.locator(".hljs-keyword").first).to_be_visible()
            save(page, name)


def streaming(photographer: Photographer) -> None:
    with photographer.page() as page, photographer.slowed():
        page.change_settings(seed=SEED, temperature="0")
        page.ask("Tell me a story about a robot")
        page.until_streaming(words=26)
        save(page, "streaming")


def error(photographer: Photographer) -> None:
    with photographer.page() as page:
        with photographer.slowed():
            page.change_settings(seed=SEED, temperature="0")
            page.ask("Tell me a story about a robot")
            page.until_streaming(words=18)
            photographer.kill_engine()
        expect(page.last.locator(".problem")).to_be_visible()
        page.until_answered()
        save(page, "error")
    photographer.server.wait_for_health()


def settings(photographer: Photographer) -> None:
    with photographer.page() as page:
        for name, values in (("Precise", {"temperature": 0, "seed": 7}), ("Short answers", {"max_tokens": 60})):
            page.post("/chat/presets", {"name": name, "settings": values})
        page.item("What is BitNet?").locator("a").click()
        page.page.get_by_role("button", name="Settings").click()
        expect(page.settings.get_by_role("listitem")).to_have_count(2)
        page.settings.get_by_label("System prompt", exact=True).fill("Answer in one sentence.")
        page.page.evaluate("document.activeElement.blur()")
        save(page, "settings")


def waterfall(photographer: Photographer) -> None:
    with photographer.page() as page:
        page.item("What is BitNet?").locator("a").click()
        page.last.locator("button.summary").click()
        expect(page.last.locator(".receipt")).to_be_visible()
        page.page.evaluate("document.activeElement.blur()")
        save(page, "waterfall")


def phone(photographer: Photographer) -> None:
    with photographer.page(**PHONE) as page:
        page.page.get_by_role("button", name="Conversations", exact=True).tap()
        page.item("What is BitNet?").locator("a").tap()
        expect(page.page.locator(".hljs-keyword").first).to_be_attached()
        save(page, "phone")
        page.page.get_by_role("button", name="Conversations", exact=True).tap()
        expect(page.item("What is BitNet?")).to_be_in_viewport()
        save(page, "phone-list")


def sign_in(photographer: Photographer) -> None:
    with photographer.page() as page:
        page.page.goto(f"{photographer.server.url}/accounts/sign-in")
        save(page, "sign-in")


PICTURES: list[Callable[[Photographer], None]] = [
    empty,
    conversation,
    streaming,
    settings,
    waterfall,
    phone,
    sign_in,
    error,
]


def main() -> None:
    """All pictures, or those whose names are given."""
    chosen = [each for each in PICTURES if each.__name__ in sys.argv[1:]] or PICTURES
    expect.set_options(timeout=PATIENCE * 1000)
    program = chromium.find_or_install()
    FOLDER.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="screenshots-"))
    try:
        with Server(data) as server, sync_playwright() as playwright:
            server.wait_for_health()
            browser = playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
            photographer = Photographer(browser, server)
            photographer.live_through()
            for picture in chosen:
                picture(photographer)
            browser.close()
    finally:
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
