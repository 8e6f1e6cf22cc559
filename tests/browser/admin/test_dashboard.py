"""The dashboard in a browser: live updates that keep the focus, messages about a lost server, and plots."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.server import PATIENCE, Server, until

NOW = "/admin/dashboard/"
PLOTS = f"{NOW}plots/"
COLOURS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(data.buffer);
  return [...new Set(pixels)].filter(Boolean).sort().map(String);
}"""
PART = re.compile(r"/admin/dashboard/now/$")


@pytest.fixture
def page(browser: Browser, operated: Server, signed_in: StorageState) -> Iterator[Page]:
    """The dashboard, opened by an administrator; no script may fail or violate the content security policy."""
    page = browser.new_page(base_url=operated.url, storage_state=signed_in)
    page.set_default_timeout(PATIENCE * 1000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto(NOW)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    yield page
    page.close()
    assert wrong == []


def await_updates(page: Page) -> None:
    """Wait for two updates."""
    for _ in range(2):
        with page.expect_response(PART) as response:
            pass
        assert response.value.ok


def test_an_update_keeps_the_focus(page: Page) -> None:
    button = page.get_by_role("button", name=re.compile("Retire process"))
    expect(button).to_be_visible()
    button.focus()
    was = page.locator(".as-of time").inner_text()
    await_updates(page)
    expect(button).to_be_focused()
    expect(page.locator(".as-of time")).not_to_have_text(was)
    expect(page.get_by_text("Refresh")).to_be_hidden()


def test_the_focus_stays_in_place_when_its_element_is_removed(page: Page, operated: Server) -> None:
    button = page.get_by_role("button", name=re.compile("Retire process"))
    name = button.get_attribute("aria-label") or ""
    button.focus()
    with operated.client() as client:
        client.post("/generate", json={"prompt": "Hello"}).raise_for_status()  # takes the standby, which then ends
    expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.locator("live-part")).to_be_focused()


def test_a_lost_server_is_announced_until_it_responds_again(page: Page) -> None:
    away = page.get_by_role("status").filter(has_text="does not respond")
    page.route(PART, lambda route: route.abort())
    expect(away).to_be_visible()
    expect(page.locator("live-part.stale")).to_be_visible()
    page.unroute(PART)
    expect(away).to_be_hidden()
    expect(page.locator("live-part.stale")).to_have_count(0)


def test_a_hidden_page_does_not_update(page: Page) -> None:
    hide = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    await_updates(page)
    page.evaluate(hide, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(5000)  # more than two updates
    assert asked == []
    with page.expect_response(PART):
        page.evaluate(hide, False)


def test_an_expired_session_is_announced(page: Page) -> None:
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
    plain.get_by_role("link", name="Cancel").click()
    expect(plain.get_by_role("heading", name="Processes")).to_be_visible()
    context.close()


def test_plots_are_drawn_and_show_the_values_under_the_pointer(page: Page, operated: Server) -> None:
    with operated.client() as client:
        client.post("/generate", json={"prompt": "Hello"}).raise_for_status()
    plot = page.locator("#requests time-plot")

    def is_drawn() -> bool:
        page.goto(f"{PLOTS}?over=month")
        return plot.count() > 0

    assert until(is_drawn)  # records are written asynchronously
    expect(plot.locator("canvas")).to_be_visible()
    colours = plot.locator("canvas").evaluate(COLOURS)
    assert len(colours) > 3
    box = plot.locator(".u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)  # today
    expect(plot.locator(".plot-tooltip")).to_contain_text(re.compile(r"so far.*completed \d", re.DOTALL))
    page.mouse.move(0, 0)
    expect(plot.locator(".plot-tooltip")).to_be_hidden()


def test_plots_follow_the_appearance_and_the_width(page: Page, operated: Server) -> None:
    with operated.client() as client:
        client.post("/generate", json={"prompt": "Hello"}).raise_for_status()
    page.goto(PLOTS)
    canvas = page.locator("#requests canvas")
    light = canvas.evaluate(COLOURS)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(
        f"light => String(({COLOURS})(document.querySelector('#requests canvas'))) !== light", arg=",".join(light)
    )
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.querySelector('#requests canvas').clientWidth < 390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_plots_have_summaries_and_tables_without_javascript(browser: Browser, operated: Server, page: Page) -> None:
    context = browser.new_context(
        java_script_enabled=False, base_url=operated.url, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(PLOTS)
    expect(plain.locator("#requests .about")).to_contain_text("requests. Peak:")
    expect(plain.locator("#requests time-plot")).to_be_hidden()
    plain.locator("#requests summary").click()
    expect(plain.locator("#requests table")).to_be_visible()
    context.close()
