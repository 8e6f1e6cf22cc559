"""A server with a fake engine, and an administrator who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.commands import user
from tests.server import Server

OVERVIEW = "/admin/"


@pytest.fixture(scope="package")
def operated(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("operated")
    user(folder)
    with Server(folder, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=3") as server:
        server.wait_for_health()
        yield server


@pytest.fixture(scope="package")
def signed_in(browser: Browser, operated: Server) -> StorageState:
    """What the browser of an administrator stores."""
    return sign_in(browser, operated)


def sign_in(browser: Browser, server: Server) -> StorageState:
    """Return what the browser of an administrator of this server stores."""
    page = browser.new_page(base_url=server.url)
    page.goto(f"/accounts/sign-in?next={OVERVIEW}")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password", exact=True).fill("tangerine-boat-42")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    state = page.context.storage_state()
    page.close()
    return state
