"""Questions and their answers, as they are sent, stream, end, and are asked again."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.server import Server


def test_a_question_is_answered_as_it_streams(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.ask("What is machine learning?")
    chat.until_streaming()
    chat.until_answered(1)
    question, answer = chat.saved()
    assert question["text"] == "What is machine learning?"
    assert answer["status"] == "complete"
    assert chat.text_of(chat.last) == answer["text"].strip()
    expect(chat.questions.first.locator(".bubble")).to_have_text("What is machine learning?")
    expect(chat.item("What is machine learning?")).to_have_count(1)  # its title, by itself
    expect(chat.composer).to_be_focused()
