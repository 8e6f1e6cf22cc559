"""Accounts: what sign-up, sign-in and sign-out do to conversations, and a server that requires sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.server import Server

PASSWORD = "a horse, a battery"  # noqa: S105


@pytest.fixture
def closed_server(tmp_path: Path, fake_cli: Path) -> Iterator[Server]:
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake echo", REQUIRE_LOGIN="true") as server:
        server.wait_for_health()
        yield server


def fill_in(page: Page, name: str, button: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name=button).click()


def test_an_account_keeps_conversations_and_shows_them_on_another_device(server: Server, visit: Open) -> None:
    chat = visit(server)
    answer = chat.ask_and_wait("What is machine learning?")
    conversation = chat.conversation
    chat.page.get_by_role("link", name="Sign in").click()
    chat.page.get_by_role("link", name="Create one").click()
    fill_in(chat.page, "ada", "Create account")
    chat.wait_until_ready()
    expect(chat.page.get_by_role("link", name="ada")).to_be_visible()
    expect(chat.page).to_have_url(f"{server.url}/c/{conversation}")  # back at the same conversation
    expect(chat.item("What is machine learning?")).to_have_count(1)
    assert chat.text_of(chat.last) == answer

    chat.page.get_by_role("link", name="ada").click()
    chat.page.get_by_role("button", name="Sign out").click()
    chat.open()
    expect(chat.list).to_contain_text("Your conversations appear here.")
    expect(chat.items).to_have_count(0)
    chat.page.goto(f"{server.url}/c/{conversation}")
    expect(chat.page.get_by_role("heading", name="Conversation not found.")).to_be_visible()

    device = visit(server, "")
    device.page.goto(f"{server.url}/accounts/sign-in?next=/c/{conversation}")
    fill_in(device.page, "ada", "Sign in")
    device.wait_until_ready()
    assert device.text_of(device.last) == answer
    assert device.ask_and_wait("And what is BitNet?")


def test_a_sign_out_in_one_tab_ends_the_session_in_the_other(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.page.goto(f"{server.url}/accounts/sign-up")
    fill_in(chat.page, "grace", "Create account")
    chat.wait_until_ready()
    other = visit(server, "", same_browser_as=chat)
    other.page.goto(f"{server.url}/accounts/")
    chat.composer.fill("half a thought")
    other.page.get_by_role("button", name="Sign out").click()
    other.page.wait_for_load_state()
    expect(chat.page.locator("#banner")).to_contain_text("Your session has ended.")
    expect(chat.composer).to_have_value("half a thought")


def test_a_closed_server_shows_nothing_before_the_sign_in(closed_server: Server, visit: Open) -> None:
    chat = visit(closed_server, "")
    chat.page.goto(f"{closed_server.url}/")
    expect(chat.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert chat.page.request.get(f"{closed_server.url}/chat/conversations").status in (401, 403)
    chat.page.get_by_role("link", name="Create one").click()
    fill_in(chat.page, "ada", "Create account")
    chat.wait_until_ready()
    assert chat.ask_and_wait("hello") == "hello"
