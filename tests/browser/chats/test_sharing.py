"""A share link: made in the menu, read by somebody else as the answers look in the chat, and withdrawn."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.conversations import conversation
from tests.server import Server


def test_a_conversation_is_shared_read_and_withdrawn(slow_server: Server, visit: Open) -> None:
    answer = "A **bold** claim <img src=x onerror=alert(1)>\n\n```python\nprint(1)\n```"
    made = conversation("What <b>is</b> it?", answer, title="Claims")
    chat = visit(slow_server, f"/c/{made['id']}", conversations=[made])
    chat.conversation_menu("Share a link")
    dialog = chat.page.get_by_role("dialog", name="Shared links")
    path = dialog.get_by_role("link", name="Claims").get_attribute("href")
    assert path

    reader = visit(slow_server, "")
    reader.page.goto(path)
    expect(reader.page.get_by_role("heading", name="Claims")).to_be_visible()
    expect(reader.page.locator(".user .plain")).to_have_text("What <b>is</b> it?")
    text = reader.page.locator(".assistant .text")
    expect(text.locator("strong")).to_have_text("bold")
    expect(text.locator("figure.code pre")).to_contain_text("print(1)")
    expect(text.locator("img")).to_have_count(0)

    dialog.get_by_role("button", name="Withdraw the link to Claims").click()
    expect(dialog).to_contain_text("The link to “Claims” does not work any more.")
    assert reader.page.reload().status == 404  # type: ignore[union-attr]
