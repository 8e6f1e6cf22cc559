"""Tags of conversations: added and removed in a dialog, shown in the list, and a filter of it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.conversations import conversation
from tests.server import Server


def test_conversations_are_tagged_and_filtered_by_tags(slow_server: Server, visit: Open) -> None:
    made = [
        conversation("why", "so", title="Weights", tags=["work"]),
        conversation("how", "thus", title="Waves", age=5),
        conversation("when", "now", title="Winds", age=9),
    ]
    chat = visit(slow_server, f"/c/{made[1]['id']}", conversations=made)
    filters = chat.page.get_by_role("group", name="Filter by tag")
    expect(filters.get_by_role("button")).to_have_text(["work"])
    expect(chat.item("Weights")).to_contain_text("work")

    chat.conversation_menu("Tags")
    dialog = chat.page.get_by_role("dialog", name="Tags")
    field = dialog.get_by_role("combobox", name="New tag")
    expect(field).to_be_focused()
    field.fill("sea")
    field.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_text(["sea"])
    field.fill(" work ")
    field.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_text(["sea", "work"])
    field.fill("SEA")
    field.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("The conversation has this tag already.")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert chat.get(f"/chat/conversations/{made[1]['id']}")["tags"] == ["sea", "work"]

    expect(filters.get_by_role("button")).to_have_text(["sea", "work"])
    filters.get_by_role("button", name="work").press("Enter")
    expect(filters.get_by_role("button", name="work")).to_have_attribute("aria-pressed", "true")
    expect(chat.items.locator(".title")).to_have_text(["Weights", "Waves"])
    expect(chat.page.locator("#search-status")).to_have_text("2 conversations found")
    chat.search.fill("how")
    expect(chat.items.locator(".title")).to_have_text(["Waves"])
    chat.search.press("Escape")
    expect(chat.items).to_have_count(2)

    chat.item_menu("Waves", "Tags")
    dialog.get_by_role("button", name="Remove the tag work").click()
    expect(field).to_be_focused()
    dialog.get_by_role("button", name="Close").click()
    expect(chat.items.locator(".title")).to_have_text(["Weights"])
    filters.get_by_role("button", name="work").click()
    expect(chat.items).to_have_count(3)

    other = visit(slow_server, same_browser_as=chat)
    other.item_menu("Weights", "Delete")
    expect(filters.get_by_role("button")).to_have_text(["sea"])  # no other conversation has it


def test_a_conversation_has_a_limited_number_of_tags(slow_server: Server, visit: Open) -> None:
    tags = [f"tag {number}" for number in range(9)]
    made = conversation("why", "so", title="Weights", tags=tags)
    chat = visit(slow_server, f"/c/{made['id']}", conversations=[made])
    chat.conversation_menu("Tags")
    dialog = chat.page.get_by_role("dialog", name="Tags")
    dialog.get_by_role("combobox", name="New tag").fill("one more")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("listitem")).to_have_count(10)
    expect(dialog.get_by_role("combobox", name="New tag")).to_be_disabled()
    expect(dialog.get_by_role("button", name="Add")).to_be_disabled()
