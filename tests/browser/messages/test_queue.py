"""A follow-up that is queued while an answer is generated."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import numbered
from tests.server import Server, until


def test_a_queued_question_survives_a_reload_and_is_sent_when_the_answer_has_ended(
    slow_server: Server, visit: Open
) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(150))
    chat.wait_until_streaming(words=2)
    queued = chat.page.locator("chat-question.queued")
    chat.ask("and then")
    expect(queued).to_contain_text("Sent when the answer has ended.")
    chat.ask("what else")  # continues the queued question
    expect(queued.locator(".bubble")).to_have_text("and then\n\nwhat else")
    queued.get_by_role("button", name="Remove queued question").click()
    expect(queued).to_have_count(0)
    chat.toast.get_by_role("button", name="Undo").click()
    expect(queued).to_have_count(1)
    queued.get_by_role("button", name="Edit queued question").click()
    expect(chat.composer).to_have_value("and then\n\nwhat else")
    chat.ask("one more")
    chat.composer.fill("a draft")
    chat.page.reload()
    chat.wait_until_streaming()
    expect(queued.locator(".bubble")).to_have_text("one more")
    expect(chat.answers).to_have_count(1)
    chat.wait_until_answered(2)
    expect(queued).to_have_count(0)
    expect(chat.composer).to_have_value("a draft")
    texts = [(each["role"], each["text"].strip(), each["status"]) for each in chat.saved()]
    assert texts[1:] == [
        ("assistant", numbered(150), "complete"),
        ("user", "one more", "complete"),
        ("assistant", "one more", "complete"),
    ]


def test_a_queued_question_returns_to_the_composer_when_the_answer_is_stopped(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(600))
    chat.wait_until_streaming()
    chat.ask("and then")
    chat.composer.fill("later")
    expect(chat.send).to_have_accessible_name("Send")
    chat.page.get_by_role("button", name="Stop").click()
    chat.wait_until_answered(1)
    expect(chat.composer).to_have_value("and then\n\nlater")
    expect(chat.questions).to_have_count(1)
    expect(chat.toast).to_contain_text("The queued question was not sent.")
    chat.reload()
    expect(chat.composer).to_have_value("and then\n\nlater")


def test_a_question_queued_in_another_conversation_is_sent_there(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(60))
    chat.wait_until_streaming()
    first = chat.conversation
    chat.ask("and then")
    chat.page.get_by_role("link", name="New chat").click()
    expect(chat.questions).to_have_count(0)
    expect(chat.item("w0 w1").locator(".indicator")).to_be_visible()
    assert until(lambda: [each["status"] for each in chat.saved(first)] == ["complete"] * 4)
    assert chat.saved(first)[3]["text"].strip() == "and then"
    expect(chat.questions).to_have_count(0)
    chat.item("w0 w1").get_by_role("link").click()
    expect(chat.answers).to_have_count(2)
