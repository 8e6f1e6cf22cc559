"""The model of a conversation: chosen in the header, named on its answers, and clear when it is withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage
from tests.chat.models import DEMO_NAME, OTHER, OTHER_NAME, two_models
from tests.server import Server


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def models_server(models: Path, tmp_path: Path, fake_cli: Path, small_model: Callable[..., Path]) -> Iterator[Server]:
    """A server with two models, whose answers repeat the questions."""
    settings = two_models(models, small_model)
    (tmp_path / "server").mkdir()
    with Server(tmp_path / "server", LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake echo", **settings) as server:
        server.wait_for_health()
        yield server


def choose(chat: ChatPage, name: str) -> None:
    chat.page.locator("#model").click()
    chat.page.get_by_role("menuitemradio", name=name).click()


def test_a_model_is_chosen_for_a_conversation_and_named_on_its_answers(
    models_server: Server, models: Path, visit: Open
) -> None:
    chat = visit(models_server)
    model = chat.page.locator("#model")
    expect(model).to_have_text(DEMO_NAME)
    model.click()
    expect(chat.page.get_by_role("menuitemradio", checked=True)).to_have_text(f"{DEMO_NAME}Default")
    chat.page.keyboard.press("Escape")
    choose(chat, OTHER_NAME)
    expect(model).to_have_text(OTHER_NAME)
    expect(chat.page.locator("#tokens")).to_have_text("Room for 512 tokens")
    chat.ask_and_wait("hello")
    expect(chat.last.locator(".summary")).to_contain_text(OTHER_NAME)
    chat.reload()
    expect(model).to_have_text(OTHER_NAME)

    choose(chat, DEMO_NAME)
    chat.last.get_by_role("button", name="Regenerate").click()
    versions = chat.last.get_by_role("group", name="Versions of this answer")
    expect(versions).to_contain_text("2 / 2")
    expect(chat.last.locator(".summary")).to_contain_text(DEMO_NAME)
    chat.last.get_by_role("button", name="Previous version").click()
    expect(versions).to_contain_text("1 / 2")
    expect(chat.last.locator(".summary")).to_contain_text(OTHER_NAME)

    choose(chat, OTHER_NAME)
    expect(model).to_have_text(OTHER_NAME)
    (models / f"{OTHER}.gguf").unlink()  # the page learns of it over its socket
    expect(model).to_have_text(OTHER)
    expect(model).to_have_accessible_name("Model: other, not offered any more")
    chat.ask_and_wait("again")
    expect(chat.last).to_contain_text("This conversation's model is not offered any more.")
    choose(chat, DEMO_NAME)
    expect(model).to_have_text(DEMO_NAME)
    chat.last.get_by_role("button", name="Try again").click()
    expect(chat.last.locator(".summary")).to_contain_text(DEMO_NAME)
