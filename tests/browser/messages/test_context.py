"""What the page says about the model's context, and where it shows that a question did not fit."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.conversations import conversation, receipt
from tests.server import Server


def test_the_meter_counts_an_imported_conversation(server: Server, visit: Open) -> None:
    long = conversation(*(["word " * 200] * 30), title="Imported")
    chat = visit(server, f"/c/{long['id']}", conversations=[long])
    tokens = chat.page.locator("#tokens")
    expect(tokens).to_have_text(re.compile(r"^About \d{1,2},\d{3} of [\d,]+ tokens: the model will no longer see"))
    chat.page.get_by_role("link", name="New chat").click()
    expect(tokens).to_have_text(re.compile(r"^Room for [\d,]+ tokens$"))


def test_a_text_that_is_too_long_cannot_be_sent(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.composer.fill("word " * 8000)
    expect(chat.send).to_be_disabled()
    expect(chat.page.locator("chat-composer .hint")).to_contain_text("Too long to send: with its answer")
    chat.composer.press("Enter")
    expect(chat.questions).to_have_count(0)
    chat.composer.fill("word")
    expect(chat.send).to_be_enabled()


def test_a_refusal_by_the_engine_is_in_sight(server: Server, visit: Open) -> None:
    """The estimate may be too low: then only the engine can tell."""
    texts = [text for number in range(8) for text in (f"Question {number}?", f"Answer {number}. " * 20)]
    made = conversation(*texts, title="Long")
    chat = visit(server, f"/c/{made['id']}", conversations=[made], viewport={"width": 900, "height": 500})
    chat.ask("漢" * 1200)
    problem = chat.last.locator(".problem")
    expect(problem).to_contain_text("This question does not fit into the model's context.")
    expect(problem.get_by_role("button").last).to_be_in_viewport(ratio=1)
    expect(chat.page.locator("#below")).to_be_hidden()


def test_only_an_answer_that_ran_says_what_the_model_no_longer_sees(server: Server, visit: Open) -> None:
    made = conversation(*"abcdef", title="Long")
    third, last = made["messages"][2], made["messages"][5]
    last |= {"status": "failed", "text": "", "window_start": third["id"]}
    last |= {"error": {"code": "prompt_too_long", "detail": "Too long."}}
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    expect(chat.last.locator(".problem")).to_be_visible()
    note = chat.page.locator("chat-turns .note")
    expect(note).to_have_count(0)
    ran = conversation(*"abcdef", title="Ran")
    ran["messages"][5] |= {"window_start": ran["messages"][2]["id"], "runs": [receipt()]}
    chat.import_conversations(ran)
    chat.open(f"/c/{ran['id']}")
    expect(note).to_contain_text("The model no longer sees the 2 oldest messages")


def test_scrolling_a_message_into_view_moves_only_the_conversation(server: Server, visit: Open) -> None:
    made = conversation(*(f"message {number}" for number in range(58)), title="Long")
    chat = visit(server, f"/c/{made['id']}", conversations=[made], viewport={"width": 900, "height": 500})
    chat.page.locator("#scroller").evaluate("(box) => box.scrollTo(0, 0)")
    chat.last.evaluate("(answer) => answer.scrollIntoView()")
    expect(chat.last).to_be_in_viewport()
    moved = "() => [document.scrollingElement, document.body, main].map((each) => each.scrollTop)"
    assert chat.page.evaluate(moved) == [0, 0, 0]
    assert chat.page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
    expect(chat.page.locator("main > header")).to_be_in_viewport(ratio=1)
    expect(chat.send).to_be_in_viewport(ratio=1)
