"""Take the screenshots in `docs/screenshots/`, on a server with the demo model: `make screenshots`."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.driver import chromium
from tests.browser.driver.chat_page import BrowserLog, ChatPage
from tests.browser.driver.conversations import file_of
from tests.browser.programs import admin_screenshots
from tests.browser.programs.sheets import take_sheets
from tests.commands import user
from tests.engine_processes import renders
from tests.server import PATIENCE, ROOT, Server

FOLDER = ROOT / "docs" / "screenshots"
WIDE = {"viewport": {"width": 1200, "height": 780}, "device_scale_factor": 1.5}
PHONE = {"viewport": {"width": 390, "height": 760}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
RUN, PAUSE, POLL = 0.001, 0.05, 0.005  # seconds; the demo model would be too fast to show an answer in progress
TRIES = 20
SETTLED = 300  # milliseconds until the page has rendered what it received
# Whether the answer has ended, or has at least this many words.
HAS_WORDS = """(words) => {
  const article = [...document.querySelectorAll("chat-answer article")].at(-1);
  const count = article?.querySelector(".text").innerText.split(" ").length;
  return article && (article.ariaBusy === "false" || count >= words);
}"""

# The conversations of the list: questions, age in hours, and whether it is pinned.
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
    """Takes screenshots of a server in a browser."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser, self.server = browser, server
        self.past: dict[str, Any] = {}

    @contextmanager
    def page(self, path: str = "/", theme: str = "light", **options: Any) -> Iterator[ChatPage]:
        """Open the chat page for a new visitor, with the prepared conversations if there are any."""
        context = self.browser.new_context(
            **{"color_scheme": theme, "locale": "en-GB", "reduced_motion": "reduce"} | (options or WIDE)
        )
        context.set_default_timeout(PATIENCE * 1000)
        page = ChatPage(context.new_page(), self.server, BrowserLog(context, self.server.url))
        page.open()
        if self.past:
            page.post("/chat/import", self.past)
        page.open(path)
        yield page
        context.close()

    def live_through(self) -> None:
        """Generate the conversations of the list, and set their times."""
        with self.page() as page:
            for questions, _, _ in LISTED:
                page.open()
                page.change_settings(temperature="0")
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
    def in_the_middle(self, page: ChatPage, question: str, words: int) -> Iterator[None]:
        """Hold an answer in progress after some words. The demo model is so fast that this may need several tries."""
        for _ in range(TRIES):
            page.open()
            page.change_settings(temperature="0")
            with self.braked() as hold:
                page.ask(question)
                page.page.wait_for_function(HAS_WORDS, arg=words)
                hold()
                page.page.wait_for_timeout(SETTLED)
                if page.last.locator("article").get_attribute("aria-busy") == "true":
                    yield
                    return
            page.wait_until_answered()
            page.conversation_menu("Delete")
            expect(page.answers).to_have_count(0)
            page.toast.get_by_role("button", name="Dismiss").click()
        raise RuntimeError(f"{TRIES} answers ended before they could be shown.")

    @contextmanager
    def braked(self) -> Iterator[Callable[[], None]]:
        """Slow the engine down by pausing its processes repeatedly, as if the model were larger.

        Yield a function that pauses it until the end of the block.
        """
        over, held = threading.Event(), threading.Event()

        def brake() -> None:
            while not over.is_set():
                until = time.monotonic() + PAUSE
                while time.monotonic() < until or (held.is_set() and not over.is_set()):
                    send(self.engines(), signal.SIGSTOP)  # including new ones: each conversation has its own
                    over.wait(POLL)
                send(self.engines(), signal.SIGCONT)
                over.wait(RUN)

        thread = threading.Thread(target=brake)
        thread.start()
        try:
            yield held.set
        finally:
            over.set()
            thread.join()

    def kill_engine(self) -> None:
        """Kill the process that is answering."""
        with self.server.client() as client:
            processes = client.get("/model_info").json()["engine"]["workers"]
        send([each["pid"] for each in processes if each["state"] == "answering"], signal.SIGKILL)

    def engines(self) -> list[int]:
        """Return the pids of the only gunicorn worker's children, without the process of the template."""
        (worker,) = children(self.server.process.pid)
        return [pid for pid in children(worker) if not renders(pid)]


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has just ended
            found += map(int, (task / "children").read_text().split())
    return found


def send(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def save(page: ChatPage, name: str) -> None:
    """Save a screenshot of a chat page."""
    save_page(page.page, name)


def save_page(page: Page, name: str) -> None:
    """Save a screenshot of any page."""
    page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready")
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
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
    with photographer.page() as page, photographer.in_the_middle(page, "Tell me a story about a robot", words=22):
        save(page, "streaming")


def error(photographer: Photographer) -> None:
    with photographer.page() as page:
        with photographer.in_the_middle(page, "Tell me a story about a robot", words=16):
            photographer.kill_engine()
            expect(page.last.locator(".problem")).to_be_visible()
        save(page, "error")


def settings(photographer: Photographer) -> None:
    with photographer.page() as page:
        for name, values in (("Precise", {"temperature": 0, "seed": 7}), ("Short answers", {"max_tokens": 60})):
            page.post("/chat/presets", {"name": name, "settings": values})
        page.item("What is BitNet?").locator("a").click()
        page.page.get_by_role("button", name="Settings", exact=True).click()
        expect(page.settings.get_by_role("listitem")).to_have_count(2)
        page.page.evaluate("document.activeElement.blur()")
        page.settings.locator(".fields").evaluate("(fields) => fields.scrollTo(0, fields.scrollHeight)")
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
        page.page.get_by_role("button", name="Conversations", exact=True).click()
        page.item("What is BitNet?").locator("a").click()
        expect(page.page.locator(".hljs-keyword").first).to_be_attached()
        save(page, "phone")
        page.page.get_by_role("button", name="Conversations", exact=True).click()
        expect(page.item("What is BitNet?")).to_be_in_viewport()
        save(page, "phone-list")


def sign_in(photographer: Photographer) -> None:
    with photographer.page() as page:
        page.page.goto(f"{photographer.server.url}/accounts/sign-in")
        save(page, "sign-in")


def administration(photographer: Photographer) -> None:
    admin_screenshots.make_history(photographer.server.data_dir)
    admin_screenshots.AdminPhotographer(photographer.browser, photographer.server, save_page).take_all()


PICTURES: list[Callable[[Photographer], None]] = [
    empty,
    conversation,
    streaming,
    settings,
    waterfall,
    phone,
    sign_in,
    error,
    administration,
]


def main() -> None:
    """Take all screenshots, or those named on the command line; with `--sheets DIR` the contact sheets instead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="the pictures or states to take (default: all)")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="write contact sheets of all states to this folder")
    arguments = parser.parse_args()
    expect.set_options(timeout=PATIENCE * 1000)
    if arguments.sheets:
        take_sheets(arguments.sheets, arguments.names)
        return
    chosen = [each for each in PICTURES if each.__name__ in arguments.names] or PICTURES
    program = chromium.find_or_install()
    FOLDER.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="screenshots-"))
    try:
        user(data)
        with Server(data, MAX_THREADS="2") as server, sync_playwright() as playwright:
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
