"""Time the chat page in Chromium: `make browser-benchmark`, on an otherwise idle machine."""

from __future__ import annotations

import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, expect, sync_playwright

from tests.browser.driver import chromium
from tests.browser.driver.chat_page import BrowserLog, ChatPage
from tests.browser.driver.conversations import conversation, file_of, receipt
from tests.browser.test_answers import MARKDOWN
from tests.server import PATIENCE, Server, write_fake_cli

RUNS = 5
LONG = 1000  # messages
WORDS = 400  # of the answer whose frames are timed
SPEED = 0.01  # seconds per token: faster than a 2B model
LATE = 25.0  # milliseconds: at 60 frames per second, a longer interval means a dropped frame
ANSWER = MARKDOWN + "\n" + "The weights of this model are one of three. " * 12
# Record the intervals between animation frames, until `watching` is false.
WATCH = """() => {
  window.frames_ = [];
  window.watching = true;
  let last = performance.now();
  const next = (now) => {
    frames_.push(now - last);
    last = now;
    if (watching) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""
LOADED = """() => {
  const resources = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return {
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    bytes: resources.reduce((sum, each) => sum + each.encodedBodySize, 0),
  };
}"""


@dataclass
class Load:
    """The load of a page with an empty cache. Milliseconds: processor time, except `paint`. Bytes: compressed."""

    script: float
    layout: float
    paint: float
    bytes: float


def load(browser: Browser, server: Server, path: str, state: Any, messages: int) -> Load:
    context = browser.new_context(storage_state=state, viewport={"width": 1280, "height": 800})
    page = ChatPage(context.new_page(), server, BrowserLog(context, server.url))
    session = context.new_cdp_session(page.page)
    session.send(
        "Performance.enable", {"timeDomain": "threadTicks"}
    )  # processor time, which other programs do not change
    page.open(path)
    expect(page.page.locator("chat-question, chat-answer")).to_have_count(messages)
    page.page.wait_for_load_state("networkidle")
    script, layout = work(session)
    loaded = page.page.evaluate(LOADED)
    context.close()
    return Load(script, layout, loaded["paint"], loaded["bytes"])


def median(loads: list[Load]) -> str:
    script, layout, paint, size = (
        statistics.median(getattr(each, name) for each in loads) for name in ("script", "layout", "paint", "bytes")
    )
    return f"{script:7.0f} ms {layout:8.0f} ms {paint:9.0f} ms {size / 1000:9.0f} kB"


def frames(browser: Browser, server: Server, path: str, state: Any) -> tuple[list[float], float]:
    """Stream an answer into a long conversation. Return the milliseconds between frames, and of work per frame."""
    context = browser.new_context(storage_state=state, viewport={"width": 1280, "height": 800})
    page = ChatPage(context.new_page(), server, BrowserLog(context, server.url))
    page.open(path)
    page.ask(" ".join(f"word{number}" for number in range(WORDS)))
    page.wait_until_streaming()
    session = context.new_cdp_session(page.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = work(session)
    page.page.evaluate(WATCH)
    page.wait_until_answered()
    times: list[float] = page.page.evaluate("() => { watching = false; return frames_; }")
    each = sum((after - at) for at, after in zip(before, work(session), strict=True)) / len(times)
    context.close()
    return times, each


def work(session: CDPSession) -> tuple[float, float]:
    """Return the processor time so far in milliseconds: of scripts, and of style and layout."""
    metrics = {each["name"]: each["value"] * 1000 for each in session.send("Performance.getMetrics")["metrics"]}
    return metrics["ScriptDuration"], metrics["LayoutDuration"] + metrics["RecalcStyleDuration"]


def measure(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    page = ChatPage(context.new_page(), server, BrowserLog(context, server.url)).open()
    texts = [ANSWER if number % 2 else f"Question {number}" for number in range(LONG)]
    made = conversation(*texts, title="Long")
    for message in made["messages"][1::2]:
        message["runs"] = [receipt()]
    page.post("/chat/import", file_of([made]))
    state = context.storage_state()
    long = f"/c/{made['id']}"
    say(f"Chromium {browser.version}, medians of {RUNS} with an empty cache:\n")
    say(f"{'':28}{'script':>10} {'layout':>11} {'first paint':>12} {'transferred':>12}")
    empty_loads = [load(browser, server, "/", state, 0) for _ in range(RUNS)]
    say(f"{'Empty page':28}{median(empty_loads)}")
    long_loads = [load(browser, server, long, state, 60) for _ in range(RUNS)]
    say(f"{f'{LONG:,} messages':28}{median(long_loads)}")
    times, each = frames(browser, server, long, state)
    late = [time for time in times if time > LATE]
    say(
        f"\nAnswer streaming at {1 / SPEED:.0f} tokens/s: {len(times)} frames, {each:.1f} ms of work each; "
        f"{len(late)} later than {LATE:g} ms, the latest after {max(times):.0f} ms"
    )
    context.close()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    expect.set_options(timeout=PATIENCE * 1000)
    program = chromium.find_or_install()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        fake = write_fake_cli(Path(folder))
        arguments = f"--fake echo --fake seconds-per-token={SPEED}"
        with Server(Path(folder), LLAMA_CLI=str(fake), LLAMA_ARGS=arguments) as server, sync_playwright() as playwright:
            server.wait_for_health()
            browser = playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
            measure(browser, server)
            browser.close()


if __name__ == "__main__":
    main()
