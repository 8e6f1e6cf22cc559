"""Messages that are deleted, edited, and dated."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage
from tests.browser.driver.conversations import conversation
from tests.server import Server


def choose(chat: ChatPage, message: Locator, item: str) -> None:
    """Choose from the menu of a message."""
    message.hover()
    chat.menu(message.get_by_role("button", name=re.compile("^More for this")), item)


def test_a_question_is_deleted_with_what_follows_and_restored(slow_server: Server, visit: Open) -> None:
    made = conversation("one", "first", "two", "second", "three", "third")
    chat = visit(slow_server, f"/c/{made['id']}", conversations=[made])
    expect(chat.answers).to_have_count(3)
    choose(chat, chat.questions.nth(1), "Delete, with what follows")
    expect(chat.toast).to_contain_text("The question and 3 messages after it were deleted.")
    expect(chat.questions.locator(".bubble")).to_have_text(["one"])
    assert [each["text"] for each in chat.saved()] == ["one", "first"]
    undo = chat.toast.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(chat.answers).to_have_count(3)
    choose(chat, chat.last, "Delete")
    expect(chat.toast).to_contain_text("The answer was deleted.")
    expect(chat.questions.last).to_contain_text("This question has no answer yet.")
    chat.ask("four")  # instead of the question without an answer
    chat.wait_until_answered(3)
    expect(chat.page.get_by_role("group", name="Versions of this question")).to_contain_text("2 / 2")
    assert [each["text"] for each in chat.saved()] == ["one", "first", "two", "second", "four", "four"]


def test_an_edited_answer_is_a_version_that_the_next_turn_follows(slow_server: Server, visit: Open) -> None:
    made = conversation("one", "first")
    chat = visit(slow_server, f"/c/{made['id']}", conversations=[made])
    choose(chat, chat.last, "Edit")
    editor = chat.page.get_by_role("textbox", name="Edit the answer")
    expect(editor).to_be_focused()
    editor.fill("**First**, edited")
    chat.reload()
    choose(chat, chat.last, "Edit")
    expect(editor).to_have_value("**First**, edited")  # a draft
    editor.press("Enter")
    expect(chat.last.locator("strong")).to_have_text("First")
    expect(chat.last).to_contain_text("Edited")
    versions = chat.last.get_by_role("group", name="Versions of this answer")
    expect(versions).to_contain_text("2 / 2")
    expect(chat.composer).to_be_focused()
    chat.ask_and_wait("two")
    assert [each["text"].strip() for each in chat.saved()] == ["one", "**First**, edited", "two", "two"]


def test_messages_show_their_time_and_days_are_told_apart(server: Server, visit: Open) -> None:
    made = conversation("one", "first", "two", "second")
    for message, at in zip(made["messages"], ("25T23:58", "25T23:59", "26T00:01", "26T00:02"), strict=True):
        message["created_at"] = f"2025-11-{at}:00Z"
    chat = visit(server, f"/c/{made['id']}", conversations=[made], timezone_id="UTC")
    expect(chat.page.locator("chat-turns .day")).to_have_text(["2025-11-26"])
    time = chat.answers.first.locator("time.when")
    chat.answers.first.hover()
    expect(time).to_have_text("2025-11-25 23:59")
    expect(time).to_have_attribute("datetime", "2025-11-25T23:59:00Z")
    expect(time.locator("..")).to_have_css("opacity", "1")
    chat.page.set_viewport_size({"width": 390, "height": 800})
    expect(time).to_be_hidden()
    chat.answers.first.get_by_role("button", name="More for this answer").click()
    expect(chat.page.get_by_role("menuitem", name="2025-11-25 23:59")).to_be_visible()
