"""What the administration shows of little data and on small screens: plots of three points, lists, folded settings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.commands import manage, user
from tests.server import PATIENCE, Server

from .conftest import sign_in

SETTINGS = "/admin/inference/inferencesettings/"
HISTORY = "/admin/inference/generationrecord/"
PLOTS = "/admin/dashboard/plots/"
TABLET = {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "is_mobile": True}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
AGES = (50, 20, 19)  # minutes
MAKE = """
from datetime import timedelta
from django.utils import timezone
from inference.models import GenerationRecord
now = timezone.now().replace(second=30)
for age in {ages}:
    GenerationRecord.objects.create(
        at=now - timedelta(minutes=age), source="api", request_id=f"{{age:032x}}", model="demo-bitnet",
        model_name="A model with quite a long name · TQ2_0", temperature=0.7, top_p=0.9, max_tokens=64,
        context_size=2048, threads=1, prompt_characters=60, answer_characters=40, prompt_tokens=1200,
        reused_tokens=20, generated_tokens=190, reason="length", queue=0, prompt_time=0.4, first_token=0.1, decode=2.5,
    )
"""
# The runs of columns of a plot, in pixels of its inner width, that have pixels near the accent.
MARKED = """(plot) => {
  const probe = document.createElement("span");
  probe.style.color = "var(--accent)";
  plot.append(probe);
  const accent = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const canvas = plot.querySelector("canvas");
  const inner = plot.querySelector(".u-over").getBoundingClientRect();
  const left = inner.left - canvas.getBoundingClientRect().left;
  const { data, width } = canvas.getContext("2d").getImageData(left, 0, inner.width, canvas.height - 24);
  const runs = [];
  for (let x = 0; x < width; x++) {
    let marked = false;
    for (let at = x * 4; at < data.length; at += width * 4) {
      const apart = accent.reduce((sum, value, part) => sum + Math.abs(value - data[at + part]), 0);
      marked ||= data[at + 3] > 200 && apart < 60;
    }
    if (!marked) continue;
    if (runs.at(-1)?.[1] === x - 1) runs.at(-1)[1] = x;
    else runs.push([x, x]);
  }
  return { runs, width };
}"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def remembering(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """A server whose history has three generations."""
    folder = tmp_path_factory.mktemp("remembering")
    user(folder)
    manage(folder, "shell", "-c", MAKE.format(ages=AGES))
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=3") as server:
        server.wait_for_health()
        yield server


@pytest.fixture(scope="module")
def known(browser: Browser, remembering: Server) -> StorageState:
    return sign_in(browser, remembering)


@pytest.fixture
def visit(browser: Browser, remembering: Server, known: StorageState) -> Iterator[Open]:
    """Open a page as an administrator, with options of the browser."""
    contexts = []

    def visit(path: str, **options: Any) -> Page:
        context = browser.new_context(base_url=remembering.url, storage_state=known, **options)
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()


def test_three_points_are_marked_and_no_line_crosses_what_was_not_measured(visit: Open) -> None:
    page = visit(PLOTS)
    plot = page.locator("#first-token time-plot")
    expect(plot.locator("canvas")).to_be_visible()
    page.evaluate("document.fonts.ready")
    found = plot.evaluate(MARKED)
    bin_width = found["width"] / 60
    (first, last), (begin, end) = found["runs"]
    assert 4 <= last - first <= 8  # a mark
    assert bin_width + 4 <= end - begin <= bin_width + 10  # two marks, and the line between them
    assert begin - first == pytest.approx(30 * bin_width, abs=3)
    bars = page.locator("#requests time-plot").evaluate(MARKED)["runs"]
    assert len(bars) >= 2
    assert all(end - begin >= 2 for begin, end in bars)
    ticks = json.loads(page.locator("#queue time-plot").get_attribute("data") or "")["ticks"]
    assert [label for _, label in ticks] == ["0 s", "0.5 s", "1 s"]  # nobody waited


@pytest.mark.parametrize("screen", [TABLET, PHONE], ids=["tablet", "phone"])
def test_the_history_fits_a_small_screen_and_begins_with_the_time(visit: Open, screen: dict[str, Any]) -> None:
    page = visit(HISTORY, **screen)
    width = screen["viewport"]["width"]
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(len(AGES))
    for cell in rows.first.locator("td, th").all():
        box = cell.bounding_box()
        assert box is None or box["x"] + box["width"] <= width
    assert page.locator(".results").evaluate("(results) => results.scrollWidth <= results.clientWidth")
    shown = rows.first.inner_text()
    assert shown.strip().splitlines()[0].endswith(" UTC")
    for text in ("1,200, 190 tokens", "reached the token limit", "A model with quite a long name"):
        assert text.split(" tokens")[0] in shown
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    rows.first.get_by_role("link").click()
    expect(page.locator(".waterfall")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_settings_are_folded_while_they_have_their_defaults(visit: Open) -> None:
    page = visit(SETTINGS, java_script_enabled=False)
    queue = page.get_by_label("Max queued requests")
    expect(queue).to_be_hidden()
    short = page.locator("form").last.bounding_box()
    assert short and short["height"] < 700
    page.get_by_role("navigation", name="Sections of this page").get_by_role("link", name="Queue").click()
    expect(queue).to_be_visible()
    queue.fill("-5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a number from")).to_be_visible()
    expect(queue).to_have_value("-5")
    queue.fill("32")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    expect(queue).to_be_visible()  # it has a value
    expect(page.get_by_label("Top-p")).to_be_hidden()
