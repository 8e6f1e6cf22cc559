"""Two versions of an answer beside each other."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.conversations import conversation
from tests.browser.test_accessibility import violations
from tests.server import Server


def test_versions_are_compared_side_by_side_and_one_at_a_time_on_a_narrow_screen(server: Server, visit: Open) -> None:
    made = conversation("one", "The sea is **blue** and wide.")
    first = made["messages"][1]
    texts = ["The sea is grey and wide.", "<b>Something</b> else"]
    made["messages"] += [first | {"id": str(uuid4()), "text": text} for text in texts]
    made["leaf"] = made["messages"][2]["id"]
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    chat.last.hover()
    chat.menu(chat.last.get_by_role("button", name="More for this answer"), "Compare versions")
    dialog = chat.page.get_by_role("dialog", name="Compare versions")
    expect(dialog.locator("del")).to_have_text(["**blue**"])
    expect(dialog.locator("ins")).to_have_text(["grey"])
    expect(dialog.get_by_role("status")).to_have_text("1 difference")
    left, right = dialog.locator(".text-version").all()
    expect(left).to_be_visible()
    expect(right).to_have_text(texts[0])
    assert violations(chat.page) == []
    dialog.get_by_role("combobox", name="First version").select_option("Version 2 of 3")
    dialog.get_by_role("combobox", name="Second version").select_option("Version 3 of 3")
    expect(right).to_have_text(texts[1])  # as text, not as HTML
    expect(left).to_have_text(texts[0])
    chat.page.set_viewport_size({"width": 390, "height": 800})
    expect(left).to_be_hidden()
    dialog.get_by_role("radio", name="Second").press("ArrowLeft")
    expect(left).to_be_visible()
    expect(right).to_be_hidden()
    assert violations(chat.page) == []
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chat.last.get_by_role("button", name="More for this answer")).to_be_focused()
