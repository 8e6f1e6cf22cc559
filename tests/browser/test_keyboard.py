"""The chat page by keyboard alone, and with a screen reader."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Route, expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage
from tests.browser.driver.conversations import conversation, receipt
from tests.browser.test_answers import MARKDOWN
from tests.server import Server

# The focused element, its name, and whether its focus is visible: by an outline or a changed border of its own, or of
# the field around it.
FOCUSED = """() => {
  const element = document.activeElement;
  const outlined = (each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  };
  const box = element.getBoundingClientRect();
  const form = element.closest("form, theme-choice label");
  return {
    id: element.id,
    name: element.getAttribute("aria-label") ?? element.innerText?.trim() ?? "",
    seen: element.matches(":focus-visible") && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    marked: outlined(element) || Boolean(form && outlined(form)) || element.matches("textarea"),
  };
}"""


def focused(chat: ChatPage) -> dict[str, Any]:
    """Return the focused element. Fail if its focus is not visible."""
    element: dict[str, Any] = chat.page.evaluate(FOCUSED)
    assert element["seen"], element
    assert element["marked"], element
    return element


def test_tab_reaches_every_part_with_visible_focus(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights", MARKDOWN, title="Weights")
    made["messages"][1] |= {"status": "length", "runs": [receipt()]}
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    expect(chat.composer).to_be_focused()
    names: list[str] = []
    for _ in range(60):
        chat.page.keyboard.press("Tab")
        if chat.page.evaluate("document.activeElement === document.body"):
            continue  # the focus is in the browser's own controls
        element = focused(chat)
        names.append(element["id"] or element["name"])
        if element["id"] == "question":
            break
    assert names[-1] == "question"
    reached = " ".join(names)
    for part in (
        "Skip to the message field",
        "new-chat",
        "search",
        "More for Weights",
        "main-menu",
        "open-settings",
        "more",
    ):
        assert part in reached
    for part in ("Edit question", "Copy code", "Continue this answer", "Copy answer", "Regenerate"):
        assert part in reached


def test_a_deletion_does_not_overtake_a_new_title(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights", "They are three.", title="Weights")
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    page, sent, held = chat.page, [], []

    def hold(route: Route) -> None:
        sent.append(route.request.method)
        if route.request.method == "PATCH":
            held.append(route)
        else:
            route.continue_()

    page.route("**/chat/conversations/*", hold)
    page.keyboard.press("Control+b")
    expect(chat.items.first.locator("a")).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.type("Three")
    with page.expect_request(lambda request: request.method == "PATCH"):
        page.keyboard.press("Enter")
    expect(chat.item("Three").locator("a")).to_be_focused()
    page.keyboard.press("Delete")
    page.evaluate("fetch('/chat/status')")  # sent after what the key sends
    assert sent == ["PATCH"]
    held[0].continue_()
    chat.toast.get_by_role("button", name="Undo").click()
    expect(chat.item("Three")).to_have_count(1)
    assert sent[:2] == ["PATCH", "DELETE"]


def test_the_page_works_by_keyboard_alone(server: Server, visit: Open) -> None:
    chat = visit(server)
    keys = chat.page.keyboard
    expect(chat.composer).to_be_focused()
    keys.type("What is machine learning?")
    keys.press("Shift+Enter")
    keys.type("Briefly.")
    expect(chat.composer).to_have_value("What is machine learning?\nBriefly.")
    keys.press("Enter")
    chat.wait_until_answered(1)
    expect(chat.composer).to_be_focused()

    keys.press("Control+b")  # focus the list
    expect(chat.items.first.locator("a")).to_be_focused()
    focused(chat)
    keys.press("F2")
    expect(chat.page.get_by_role("textbox", name="Conversation title")).to_be_focused()
    keys.type("By keyboard")
    keys.press("Enter")
    expect(chat.item("By keyboard").locator("a")).to_be_focused()
    keys.press("Delete")
    expect(chat.items).to_have_count(0)
    expect(chat.toast.get_by_role("button", name="Undo")).to_be_focused()
    keys.press("Enter")
    expect(chat.item("By keyboard")).to_have_count(1)
    expect(chat.composer).to_be_focused()  # the restored conversation is the one that is shown

    keys.press("Control+k")
    expect(chat.answers).to_have_count(0)
    expect(chat.composer).to_be_focused()
    keys.press("Control+b")
    keys.press("/")
    expect(chat.search).to_be_focused()
    keys.type("keyboard")
    keys.press("Enter")
    expect(chat.item("By keyboard").locator("a")).to_be_focused()
    keys.press("Enter")
    expect(chat.answers).to_have_count(1)
    expect(chat.composer).to_be_focused()

    keys.press("Control+,")
    expect(chat.settings).to_be_visible()
    assert chat.page.evaluate("document.activeElement.closest('dialog')?.id") == "settings"
    focused(chat)
    for _ in range(40):  # the focus stays in the panel
        keys.press("Tab")
        assert chat.page.evaluate("document.activeElement.closest('dialog, body').id") in ("settings", "")
        if chat.page.evaluate("document.activeElement.name") == "seed":
            break
    keys.type("5")
    keys.press("Enter")
    expect(chat.settings).to_be_hidden()
    expect(chat.composer).to_be_focused()
    assert chat.get(f"/chat/conversations/{chat.conversation}")["settings"]["seed"] == 5

    keys.press("Control+/")
    sheet = chat.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    keys.press("Escape")
    expect(sheet).to_be_hidden()
    expect(chat.composer).to_be_focused()
    keys.type("?/i")
    expect(chat.composer).to_have_value("?/i")  # shortcuts without Ctrl are inactive in a text field


def test_arrow_keys_move_in_a_menu(server: Server, visit: Open) -> None:
    chat = visit(server)
    button = chat.page.locator("#main-menu")
    button.focus()
    chat.page.keyboard.press("Enter")
    items = chat.page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    expect(items.nth(1)).to_be_focused()
    chat.page.keyboard.press("End")
    expect(items.last).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(items).to_have_count(0)
    expect(button).to_be_focused()


def test_a_finished_answer_is_announced_once(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.page.evaluate("""() => {
        window.heard = [];
        const live = document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]");
        new MutationObserver((changes) => {
            for (const { target } of changes) {
                const region = (target.nodeType === 1 ? target : target.parentElement).closest("[aria-live], [role]");
                if (region.textContent.trim()) heard.push(region.textContent.trim());
            }
        }).observe(document.getElementById("announcements"), { childList: true, characterData: true, subtree: true });
        window.regions = [...live].map((each) => each.id || each.className);
    }""")
    assert chat.page.locator("chat-turns [aria-live], chat-turns[aria-live], #scroller[aria-live]").count() == 0
    chat.ask("read this to me")
    chat.wait_until_answered(1)
    chat.page.wait_for_function("() => heard.length > 0 && heard.at(-1).startsWith('Answer. ')")
    heard = chat.page.evaluate("heard")
    assert [each for each in heard if "read this to me" in each] == ["Answer. read this to me"]
    assert len(heard) <= 2
