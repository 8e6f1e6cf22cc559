"""The page without a mouse, without sight, on a phone, in the dark, without motion."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage, numbered
from tests.browser.conftest import Open
from tests.browser.conversations import conversation, receipt
from tests.browser.test_answers import MARKDOWN
from tests.server import Server

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
LEAST_TARGET = 44  # pixels

# The focused element, how it is called, and whether one sees that it is focused: by an outline or a changed border of
# its own, or of the field around it.
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
SMALL = """(least) => [...document.querySelectorAll("button, a[href], input, textarea, select, [role=menuitem]")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !each.disabled
    && !each.matches(".skip, .text a, [type=range]") && !each.closest("[inert]"))
  .map((each) => [each.getAttribute("aria-label") ?? (each.innerText || each.id), each.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < least - 0.5 || box.height < least - 0.5))
  .map(([name, box]) => `${name.trim()}: ${Math.round(box.width)} × ${Math.round(box.height)}`)"""

STILL = """() => Promise.allSettled(document.getAnimations()
  .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity).map(({ finished }) => finished))"""


def complaints(page: Page) -> list[str]:
    """What axe finds, in both themes."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.evaluate(STILL)  # what is half faded in has half its contrast
        result: dict[str, Any] = Axe().run(page, options=RULES).response
        for violation in result["violations"]:
            found += [
                f"{theme}: {violation['id']}: {node['html'][:200]} {node['failureSummary']}"
                for node in violation["nodes"]
            ]
    return found


def test_the_empty_page_is_for_everybody(server: Server, visit: Open) -> None:
    chat = visit(server)
    expect(chat.page.locator(".notice")).to_be_visible()
    assert complaints(chat.page) == []


def test_a_conversation_is_for_everybody(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights", MARKDOWN, "More " * 400, "And more.", title="Weights")
    made["messages"][1]["runs"] = [receipt()]
    made["messages"][3] |= {"status": "length", "runs": [receipt(finish_reason="length")], "window_start": None}
    chat = visit(server, f"/c/{made['id']}", brings=[made, conversation("a", "b", title="Pinned", pinned=True)])
    expect(chat.page.locator(".hljs-comment")).to_be_visible()
    chat.answers.first.locator("button.summary").click()
    expect(chat.page.locator(".receipt")).to_be_visible()
    chat.page.locator("#more").click()
    expect(chat.page.get_by_role("menu")).to_be_visible()
    assert complaints(chat.page) == []


def test_an_answer_that_streams_is_for_everybody(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(400))
    chat.until_streaming()
    assert complaints(chat.page) == []
    chat.send.click()
    chat.until_answered(1)


def test_the_settings_are_for_everybody(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.post("/chat/presets", {"name": "Brief", "settings": {"temperature": 0}})
    chat.page.get_by_role("button", name="Settings").click()
    expect(chat.settings.get_by_role("listitem")).to_be_visible()
    chat.settings.get_by_label("Temperature", exact=True).fill("9")
    assert complaints(chat.page) == []


def test_errors_are_for_everybody(server: Server, visit: Open) -> None:
    made = conversation("why", "half of", "and now", "", title="Failed")
    for number, (status, code) in {1: ("interrupted", None), 3: ("failed", "engine_crashed")}.items():
        error = {"code": code, "detail": "The engine stopped."} if code else None
        made["messages"][number] |= {"status": status, "error": error}
    chat = visit(server, f"/c/{made['id']}", brings=[made])
    expect(chat.page.locator(".problem")).to_have_count(2)
    assert complaints(chat.page) == []


def test_search_rename_and_news_are_for_everybody(server: Server, visit: Open) -> None:
    chat = visit(server, brings=[conversation("a word", "b", title="One"), conversation("a word", "b", title="Two")])
    chat.search.fill("word")
    expect(chat.items.locator("mark").first).to_be_visible()
    chat.item_menu("One", "Delete")
    expect(chat.toast).to_be_visible()
    chat.item("Two").locator("a").focus()
    chat.page.keyboard.press("F2")
    expect(chat.page.get_by_role("textbox", name="Name of the conversation")).to_be_visible()
    assert complaints(chat.page) == []


def test_the_sheets_of_shortcuts_and_colours_are_for_everybody(server: Server, visit: Open) -> None:
    chat = visit(server)
    for item in ("Keyboard shortcuts", "Appearance"):
        chat.main_menu(item)
        expect(chat.page.get_by_role("dialog", name=item)).to_be_visible()
        assert complaints(chat.page) == []
        chat.page.keyboard.press("Escape")


def test_the_list_on_a_phone_is_for_everybody(server: Server, visit: Open) -> None:
    chat = visit(server, brings=[conversation("a", "b", title="One")], **PHONE)
    chat.page.get_by_role("button", name="Conversations", exact=True).click()
    expect(chat.item("One")).to_be_in_viewport()
    assert complaints(chat.page) == []


@pytest.mark.parametrize("path", ["/accounts/sign-in", "/accounts/sign-up", "/nothing"])
def test_other_pages_are_for_everybody(server: Server, visit: Open, path: str) -> None:
    chat = visit(server, "")
    chat.page.goto(server.url + path)
    if path != "/nothing":
        chat.page.get_by_role("button", name="Sign in" if path.endswith("in") else "Make account").click()
        expect(chat.page.get_by_text("This field is required.").first).to_be_visible()
    assert complaints(chat.page) == []


def focused(chat: ChatPage) -> dict[str, Any]:
    """The focused element, which is to be seen."""
    element: dict[str, Any] = chat.page.evaluate(FOCUSED)
    assert element["seen"], element
    assert element["marked"], element
    return element


def test_every_part_is_reached_with_the_tab_key_and_seen(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights", MARKDOWN, title="Weights")
    made["messages"][1] |= {"status": "length", "runs": [receipt()]}
    chat = visit(server, f"/c/{made['id']}", brings=[made])
    expect(chat.composer).to_be_focused()
    names: list[str] = []
    for _ in range(60):
        chat.page.keyboard.press("Tab")
        if chat.page.evaluate("document.activeElement === document.body"):
            continue  # the browser's own parts come here
        element = focused(chat)
        names.append(element["id"] or element["name"])
        if element["id"] == "question":
            break
    assert names[-1] == "question"
    told = " ".join(names)
    for part in (
        "Skip to the message field",
        "new-chat",
        "search",
        "More for Weights",
        "main-menu",
        "open-settings",
        "more",
    ):
        assert part in told
    for part in ("Edit question", "Copy code", "Continue this answer", "Copy answer", "Regenerate"):
        assert part in told


def test_a_conversation_needs_no_mouse(server: Server, visit: Open) -> None:
    chat = visit(server)
    keys = chat.page.keyboard
    expect(chat.composer).to_be_focused()
    keys.type("What is machine learning?")
    keys.press("Shift+Enter")
    keys.type("Briefly.")
    expect(chat.composer).to_have_value("What is machine learning?\nBriefly.")
    keys.press("Enter")
    chat.until_answered(1)
    expect(chat.composer).to_be_focused()

    keys.press("Control+b")  # to the list
    expect(chat.items.first.locator("a")).to_be_focused()
    focused(chat)
    keys.press("F2")
    expect(chat.page.get_by_role("textbox", name="Name of the conversation")).to_be_focused()
    keys.type("By keyboard")
    keys.press("Enter")
    expect(chat.item("By keyboard").locator("a")).to_be_focused()
    keys.press("Delete")
    expect(chat.items).to_have_count(0)
    expect(chat.toast.get_by_role("button", name="Undo")).to_be_focused()
    keys.press("Enter")
    expect(chat.item("By keyboard")).to_have_count(1)
    expect(chat.composer).to_be_focused()  # it was the one that is shown

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
    for _ in range(40):  # it does not leave the panel
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
    expect(chat.composer).to_have_value("?/i")  # keys without Ctrl do nothing while one types


def test_a_menu_is_walked_with_the_arrow_keys(server: Server, visit: Open) -> None:
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


def test_a_screen_reader_hears_of_an_answer_once(slow_server: Server, visit: Open) -> None:
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
    chat.until_answered(1)
    chat.page.wait_for_function("heard.length > 0 && heard.at(-1).startsWith('Answer. ')")
    heard = chat.page.evaluate("heard")
    assert [each for each in heard if "read this to me" in each] == ["Answer. read this to me"]
    assert len(heard) <= 2


def test_a_phone_shows_the_conversation_and_the_list_over_it(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights", MARKDOWN, title="Weights")
    made["messages"][1] |= {"status": "length", "runs": [receipt()]}
    chat = visit(server, f"/c/{made['id']}", brings=[made], **PHONE)
    fits(chat)
    more = chat.page.get_by_role("button", name="More for Weights")
    expect(more).to_have_count(0)  # nothing of the list is reached before it is there
    chat.page.get_by_role("button", name="Conversations", exact=True).tap()
    expect(more).to_have_count(1)
    expect(chat.item("Weights")).to_be_in_viewport()
    expect(chat.page.get_by_role("button", name="Close")).to_be_focused()
    assert chat.page.locator("#main").evaluate("(main) => main.inert")
    assert chat.page.evaluate(SMALL, LEAST_TARGET) == []
    chat.page.get_by_role("link", name="New chat").tap()
    expect(chat.item("Weights")).not_to_be_in_viewport()
    fits(chat)
    chat.composer.fill("What is BitNet?")
    chat.send.tap()
    chat.until_answered(1)
    fits(chat)
    chat.page.get_by_role("button", name="Settings").tap()
    assert chat.page.evaluate(SMALL, LEAST_TARGET) == []
    chat.settings.get_by_role("button", name="Close").tap()


def fits(chat: ChatPage) -> None:
    """Nothing is wider than the screen, the composer is on it, and fingers hit what they mean."""
    wide = "document.documentElement.scrollWidth > innerWidth || scroller.scrollWidth > scroller.clientWidth"
    assert not chat.page.evaluate(wide)
    expect(chat.composer).to_be_in_viewport(ratio=1)
    expect(chat.send).to_be_in_viewport(ratio=1)
    assert chat.page.evaluate(SMALL, LEAST_TARGET) == []


def test_a_page_of_320_pixels_needs_no_scrolling_sideways(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights " + "w" * 300, MARKDOWN, title="Weights " * 12)
    chat = visit(server, f"/c/{made['id']}", brings=[made], viewport={"width": 320, "height": 640})
    expect(chat.last.locator("table")).to_be_attached()
    wide = "document.documentElement.scrollWidth > innerWidth || scroller.scrollWidth > scroller.clientWidth"
    assert not chat.page.evaluate(wide)


def test_who_wants_no_motion_sees_none(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server, reduced_motion="reduce")
    moving = "document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime > 10).length"
    chat.ask(numbered(400))
    chat.until_streaming(words=2)
    assert chat.page.evaluate(moving) == 0
    chat.page.get_by_role("button", name="Settings").click()
    assert chat.page.evaluate(moving) == 0
    chat.page.keyboard.press("Escape")
    chat.send.click()
    chat.until_answered(1)
