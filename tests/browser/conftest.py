"""A real browser, and servers for it to look at."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Playwright, expect, sync_playwright

from tests.browser import chromium
from tests.browser.chat_page import ChatPage, Witness
from tests.server import PATIENCE, Server

Open = Callable[..., ChatPage]
SIZE = {"width": 1280, "height": 800}

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="package")
def program() -> Path:
    found = chromium.find()
    if found is None:
        pytest.fail("There is no Chromium: run .venv/bin/python -m tests.browser.chromium, as make test does")
    return found


# Playwright keeps an event loop while it runs: it begins with the first of these tests and ends with the last, so that
# tests of other folders have loops of their own.
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
def server(tmp_path_factory: pytest.TempPathFactory, engine_binary: Callable[[str], Path]) -> Iterator[Server]:
    """The real thing, with the demo model."""
    engine_binary("llama-cli")
    with Server(tmp_path_factory.mktemp("server")) as server:
        server.wait_for_health()
        yield server


@pytest.fixture(scope="package")
def slow_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """Its engine repeats each question, a word every 40 ms: what it says and how long it takes are the test's choice.

    While the file `crash` is in its data folder, the engine dies at the third word of the next answer, once.
    """
    folder = tmp_path_factory.mktemp("slow-server")
    switches = ["echo", "seconds-per-token=0.04", "die-at=3", f"once={folder / 'crash'}"]
    arguments = " ".join(f"--fake {switch}" for switch in switches)
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments) as server:
        server.wait_for_health()
        yield server


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the chat page of a server for a visitor of its own. Afterwards, nothing in it may have gone wrong.

    `brings`: conversations that this visitor has already. `as_one_of`: another tab of that visitor's browser.
    `expects_wrong`: the test looks itself at what went wrong.
    """
    witnesses: list[Witness] = []
    request.node.visits = visits = []
    with ExitStack() as ends:

        def visit(
            server: Server,
            path: str = "/",
            *,
            brings: Sequence[dict[str, Any]] = (),
            as_one_of: ChatPage | None = None,
            origin: str | None = None,
            expects_wrong: bool = False,
            **options: Any,
        ) -> ChatPage:
            if as_one_of:
                context, witness = as_one_of.page.context, as_one_of.witness
            else:
                context = browser.new_context(**{"viewport": SIZE, "locale": "en-GB"} | options)
                ends.callback(context.close)
                context.set_default_timeout(PATIENCE * 1000)
                witness = Witness(context, origin or server.url)
                if not expects_wrong:
                    witnesses.append(witness)
            page = ChatPage(context.new_page(), server, witness, origin)
            visits.append(page)
            if brings:
                page.bring(*brings)
            return page.open(path) if path else page

        yield visit
    wrong = [each for witness in witnesses for each in (*witness.wrong, *witness.foreign)]
    assert not wrong, f"In the browser: {wrong}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what was to be seen when a test failed, and name the place."""
    report = yield
    visits: list[ChatPage] = getattr(item, "visits", [])
    if report.when == "call" and report.failed and visits:
        folder = item.funcargs["tmp_path"]
        keep(visits, folder)
        report.sections.append(("Browser", f"Pictures, console and the server's log: {folder}"))
    return report


def keep(visits: list[ChatPage], folder: Path) -> None:
    for number, visit in enumerate(visits, 1):
        (folder / f"console-{number}.txt").write_text("\n".join(visit.witness.said))
        (folder / f"server-{number}.txt").write_text(visit.server.log)
        try:
            visit.page.screenshot(path=folder / f"page-{number}.png", timeout=10_000)
        except Error as error:
            (folder / f"page-{number}.txt").write_text(str(error))
