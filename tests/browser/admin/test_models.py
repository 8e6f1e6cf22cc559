"""The models of the administration in a browser: a download whose progress is shown without a reload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from inference.provisioning.models.catalogue import catalogue
from tests.commands import user
from tests.hub import Hub
from tests.server import PATIENCE, Server

MODELS = "/admin/models/"
ENTRY = catalogue()["trilm-560m"]
FIRST_PART = 100_000  # bytes, of about 389,000


@pytest.fixture
def hub(small_model: Callable[..., Path]) -> Iterator[Hub]:
    with Hub(small_model().read_bytes()) as hub:
        hub.repo, hub.file = ENTRY.repository, ENTRY.file
        hub.pause_at = FIRST_PART
        yield hub


@pytest.fixture
def page(
    browser: Browser, hub: Hub, tmp_path: Path, small_model: Callable[..., Path], fake_cli: Path
) -> Iterator[Page]:
    """The models, opened by an administrator; no script may fail or violate the content security policy."""
    user(tmp_path)
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "mine.gguf").write_bytes(small_model().read_bytes())
    places = {"MODELS_DIR": str(folder), "MODEL_PATH": str(folder / "mine.gguf"), "HF_ENDPOINT": hub.url}
    # The hub pauses for as long as the test looks.
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), HF_HUB_DOWNLOAD_TIMEOUT=str(int(PATIENCE)), **places) as server:
        server.wait_for_health()
        page = browser.new_page(base_url=server.url)
        page.set_default_timeout(PATIENCE * 1000)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(f"/accounts/sign-in?next={MODELS}")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password", exact=True).fill("tangerine-boat-42")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Catalogue")).to_be_visible()
        yield page
        hub.go_on.set()
        page.close()
        assert wrong == []


def test_a_download_is_followed_without_a_reload(page: Page, hub: Hub) -> None:
    page.evaluate("window.loadedOnce = true")
    row = page.get_by_role("row", name=ENTRY.title)
    row.get_by_text("What is known").click()
    with page.expect_navigation():  # the page that is left may show the download, too
        row.get_by_role("button", name=f"Fetch {ENTRY.title}").click()
    expect(page.get_by_text("26% · 1 MB of 1 MB")).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    row.get_by_text("What is known").click()
    expect(row.get_by_text(ENTRY.works)).to_be_visible()
    hub.go_on.set()
    expect(page.get_by_role("heading", name=f"{ENTRY.title} has been downloaded")).to_be_visible()
    expect(page.get_by_role("row", name=f"{ENTRY.title} · TQ2_0")).to_be_visible()
    expect(row.get_by_text(ENTRY.works)).to_be_visible()  # what the reader has opened stays open
    assert page.evaluate("window.loadedOnce")

    for width in (360, 800):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_opened_before_the_first_update_stays_open(page: Page) -> None:
    page.goto(MODELS)
    row = page.get_by_role("row", name=ENTRY.title)
    row.get_by_text("What is known").click()
    for _ in range(2):  # the second is asked for when the first is on the page
        with page.expect_response("**/admin/models/part/"):
            pass
    expect(row.get_by_text(ENTRY.works)).to_be_visible()
