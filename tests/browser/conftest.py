"""A real browser, and the servers that it opens."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Playwright, expect, sync_playwright

from tests.browser.driver import chromium
from tests.browser.driver.chat_page import BrowserLog, ChatPage
from tests.browser.driver.contexts import Contexts
from tests.server import PATIENCE, Server

Open = Callable[..., ChatPage]

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="package")
def program() -> Path:
    found = chromium.find()
    if found is None:
        pytest.fail("No Chromium was found. Run .venv/bin/python -m tests.browser.driver.chromium, as make test does.")
    return found


# Playwright has an event loop while it runs. It runs for this folder only, so that other tests can have loops of their
# own.
@pytest.fixture(scope="package")
def playwright(program: Path) -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright, program: Path) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS, timeout=PATIENCE * 1000)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def contexts(browser: Browser) -> Contexts:
    return Contexts(browser)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, engine_binary: Callable[[str], Path]) -> Iterator[Server]:
    """A server with the real engine and the demo model."""
    engine_binary("llama-cli")
    with Server(tmp_path_factory.mktemp("server")) as server:
        server.wait_for_health()
        yield server


@pytest.fixture(scope="package")
def slow_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """A server whose engine repeats each question, one word every 40 ms: the question sets the answer and its duration.

    If the file `crash` is in its data folder, the engine crashes once, at the third word of the next answer.
    """
    folder = tmp_path_factory.mktemp("slow-server")
    switches = ["echo", "seconds-per-token=0.04", "die-at=3", f"once={folder / 'crash'}"]
    arguments = " ".join(f"--fake {switch}" for switch in switches)
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments) as server:
        server.wait_for_health()
        yield server


@pytest.fixture
def visit(contexts: Contexts, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open the chat page for a new visitor. At the end, fail if a page had errors or loaded from other hosts.

    `conversations`: are imported first. `same_browser_as`: open another tab of that page's browser.
    `expects_problems`: the test checks the browser's log itself.
    """
    logs: list[BrowserLog] = []
    request.node.visits = visits = []
    with ExitStack() as ends:

        def visit(
            server: Server,
            path: str = "/",
            *,
            conversations: Sequence[dict[str, Any]] = (),
            same_browser_as: ChatPage | None = None,
            origin: str | None = None,
            expects_problems: bool = False,
            **options: Any,
        ) -> ChatPage:
            if same_browser_as:
                context, log = same_browser_as.page.context, same_browser_as.log
                tab = context.new_page()
            else:
                context, tab = contexts.take(**options)
                log = BrowserLog(context, origin or server.url)
                ends.callback(log.end)
                ends.callback(contexts.give_back, context, origin or server.url)
                if not expects_problems:
                    logs.append(log)
            page = ChatPage(tab, server, log, origin)
            visits.append(page)
            if conversations:
                page.import_conversations(*conversations)
            return page.open(path) if path else page

        yield visit
    problems = [each for log in logs for each in (*log.problems, *log.foreign_requests)]
    assert not problems, f"In the browser: {problems}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save screenshots, console lines and server logs of a failed test, and report their folder."""
    report = yield
    visits: list[ChatPage] = getattr(item, "visits", [])
    if report.when == "call" and report.failed and visits:
        folder = item.funcargs["tmp_path"]
        keep(visits, folder)
        report.sections.append(("Browser", f"Screenshots, console lines and server logs: {folder}"))
    return report


def keep(visits: list[ChatPage], folder: Path) -> None:
    for number, visit in enumerate(visits, 1):
        (folder / f"console-{number}.txt").write_text("\n".join(visit.log.lines))
        (folder / f"server-{number}.txt").write_text(visit.server.log)
        try:
            visit.page.screenshot(path=folder / f"page-{number}.png", timeout=10_000)
        except Error as error:
            (folder / f"page-{number}.txt").write_text(str(error))
