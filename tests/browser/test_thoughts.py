"""What a model thinks before it answers: folded, live, and kept out of everything that shows answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import numbered
from tests.server import Server
from tests.thinking_templates import BITNET_THINKS

THOUGHT = numbered(40)


@pytest.fixture(scope="module")
def thinking_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    arguments = f"--fake echo --fake 'thinks={THOUGHT}' --fake seconds-per-token=0.05"
    settings = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": arguments, "CHAT_TEMPLATE": BITNET_THINKS}
    with Server(tmp_path_factory.mktemp("thinking"), **settings) as server:
        server.wait_for_health()
        yield server


def test_a_thought_is_folded_live_and_afterwards(thinking_server: Server, visit: Open) -> None:
    chat = visit(thinking_server)
    chat.ask("Why is that?")
    thought = chat.last.locator("details.thought")
    summary = thought.locator("summary")
    expect(summary).to_have_text(re.compile(r"^Thinking… \d s$"))
    expect(thought.locator(".thinking")).to_be_hidden()
    summary.focus()
    chat.page.keyboard.press("Enter")  # by keyboard, while it grows
    expect(thought.locator(".thinking")).to_contain_text("w3")
    chat.wait_until_answered(1)
    expect(summary).to_have_text(re.compile(r"^Thought for \d+ s$"))
    expect(thought.locator(".thinking")).to_have_text(THOUGHT)
    assert chat.text_of(chat.last) == "Why is that?"
    expect(chat.announced).to_have_text("Answer. Why is that?")
    chat.reload()
    expect(summary).to_have_text(re.compile(r"^Thought for \d+ s$"))
    expect(thought.locator(".thinking")).to_be_hidden()
    _, answer = chat.saved()
    assert (answer["reasoning"], answer["text"]) == (THOUGHT, "Why is that?")
    chat.search.fill("w3")
    expect(chat.items).to_have_count(0)


def test_a_thought_that_is_stopped_ends_with_the_answer_and_goes_on(thinking_server: Server, visit: Open) -> None:
    chat = visit(thinking_server)
    chat.ask("Why?")
    summary = chat.last.locator("details.thought summary")
    expect(summary).to_have_text(re.compile("^Thinking…"))
    chat.page.get_by_role("button", name="Stop").click()
    chat.wait_until_answered(1)
    expect(summary).to_have_text(re.compile("^Thought"))
    assert chat.text_of(chat.last) == ""
    chat.last.get_by_role("button", name="Continue this answer").click()
    chat.wait_until_answered(1)
    expect(chat.last.locator(".text")).to_have_text("Why?")
    _, answer = chat.saved()
    assert answer["reasoning"] == THOUGHT
