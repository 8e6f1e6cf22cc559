"""Saved prompts in the composer."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.test_accessibility import violations
from tests.server import Server

TEXT = "Explain {{topic}} to {{whom}}."


def test_a_prompt_is_written_inserted_and_filled_by_keyboard(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.composer.press_sequentially("/")
    options = chat.page.get_by_role("listbox", name="Saved prompts").get_by_role("option")
    expect(options).to_have_count(1)
    assert violations(chat.page) == []
    chat.composer.press("Enter")  # "Edit prompts…"
    dialog = chat.page.get_by_role("dialog", name="Prompts")
    for name, text in (("Summary", "Sum it up."), ("Explain", TEXT)):
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("Text").fill(text)
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("status")).to_have_text(f"“{name}” is saved.")
    assert violations(chat.page) == []
    chat.page.keyboard.press("Escape")
    expect(chat.composer).to_have_value("")
    chat.composer.press_sequentially("/ex")
    expect(options).to_have_text(["Explain" + TEXT, "Edit prompts…"])
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value(TEXT)
    chat.page.keyboard.type("the sea")
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.type("me")
    chat.page.keyboard.press("Enter")
    chat.wait_until_answered(1)
    assert chat.saved()[0]["text"] == "Explain the sea to me."
    chat.composer.press_sequentially("/nothing like it")
    expect(options).to_have_count(0)
    chat.composer.press("Enter")  # an ordinary question
    chat.wait_until_answered(2)
    chat.composer.fill("More of this.")
    chat.page.get_by_role("button", name="Saved prompts").click()
    options.filter(has_text="Summary").click()
    expect(chat.composer).to_have_value("Sum it up.\n\nMore of this.")
    expect(chat.composer).to_be_focused()


def test_a_prompt_is_changed_and_deleted_with_undo(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.post("/chat/prompts", {"name": "Explain", "text": TEXT})
    chat.page.get_by_role("button", name="Saved prompts").click()
    options = chat.page.get_by_role("option")
    expect(options).to_have_count(2)
    chat.composer.press("Escape")
    expect(options).to_have_count(0)
    chat.composer.fill("")
    chat.page.get_by_role("button", name="Saved prompts").click()
    options.last.click()
    dialog = chat.page.get_by_role("dialog", name="Prompts")
    dialog.get_by_role("button", name="Edit Explain").click()
    expect(dialog.get_by_label("Text")).to_have_value(TEXT)
    dialog.get_by_label("Name").fill("Explain it")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("button", name="Delete Explain it").click()
    expect(dialog.get_by_role("listitem")).to_have_count(0)
    undo = dialog.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    (prompt,) = chat.get("/chat/prompts")["prompts"]
    assert (prompt["name"], prompt["text"]) == ("Explain it", TEXT)
