"""The dashboard in a browser: it looks itself up again, keeps what one is at, and says when the server is away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.commands import user
from tests.server import PATIENCE, Server

NOW = "/admin/dashboard/"
PART = re.compile(r"/admin/dashboard/now/$")


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("operated")
    user(folder)
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=3") as server:
        server.wait_for_health()
        yield server


@pytest.fixture
def page(browser: Browser, operated: Server) -> Iterator[Page]:
    """An administrator's, of whose scripts and styles nothing may be refused."""
    page = browser.new_page(base_url=operated.url)
    page.set_default_timeout(PATIENCE * 1000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto(f"/accounts/sign-in?next={NOW}")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password", exact=True).fill("tangerine-boat-42")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    yield page
    page.close()
    assert wrong == []


def renewed(page: Page) -> None:
    """Waits until it was looked up again, twice."""
    for _ in range(2):
        with page.expect_response(PART) as response:
            pass
        assert response.value.ok


def test_it_looks_itself_up_again_and_keeps_the_focus(page: Page) -> None:
    button = page.get_by_role("button", name=re.compile("Retire process"))
    expect(button).to_be_visible()
    button.focus()
    was = page.locator(".as-of time").inner_text()
    renewed(page)
    expect(button).to_be_focused()
    expect(page.locator(".as-of time")).not_to_have_text(was)
    expect(page.get_by_text("Refresh")).to_be_hidden()


def test_a_focus_on_what_is_gone_stays_in_its_place(page: Page, operated: Server) -> None:
    button = page.get_by_role("button", name=re.compile("Retire process"))
    name = button.get_attribute("aria-label") or ""
    button.focus()
    with operated.client() as client:
        client.post("/generate", json={"prompt": "Hello"}).raise_for_status()  # takes the standby, which then ends
    expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.locator("live-part")).to_be_focused()


def test_a_server_that_is_away_is_announced_and_forgotten_when_it_is_back(page: Page) -> None:
    away = page.get_by_role("status").filter(has_text="does not respond")
    page.route(PART, lambda route: route.abort())
    expect(away).to_be_visible()
    expect(page.locator("live-part.stale")).to_be_visible()
    page.unroute(PART)
    expect(away).to_be_hidden()
    expect(page.locator("live-part.stale")).to_have_count(0)


def test_it_rests_while_nobody_sees_it(page: Page) -> None:
    hide = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    renewed(page)
    page.evaluate(hide, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(5000)  # longer than two looks are apart
    assert asked == []
    with page.expect_response(PART):
        page.evaluate(hide, False)


def test_a_session_that_ended_is_said(page: Page) -> None:
    page.context.clear_cookies()
    expect(page.get_by_role("status").filter(has_text="signed out")).to_be_visible()


def test_without_javascript_there_is_a_link(browser: Browser, operated: Server, page: Page) -> None:
    context = browser.new_context(
        java_script_enabled=False, base_url=operated.url, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(NOW)
    expect(plain.get_by_role("link", name="Refresh")).to_be_visible()
    plain.get_by_role("button", name="Pause…").click()
    expect(plain.get_by_role("heading", name="Pause the engine?")).to_be_visible()
    plain.get_by_role("link", name="Go on").click()
    expect(plain.get_by_role("heading", name="Processes")).to_be_visible()
    context.close()
