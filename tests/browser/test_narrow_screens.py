"""The chat page on narrow screens: nothing overflows, and touch targets are large enough."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage
from tests.browser.driver.conversations import conversation, receipt
from tests.browser.test_answers import MARKDOWN
from tests.server import Server

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
MIN_TARGET = 44  # pixels

# Touch targets smaller than the minimum.
SMALL = """(least) => [...document.querySelectorAll("button, a[href], input, textarea, select, [role=menuitem]")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !each.disabled
    && !each.matches(".skip, .text a, [type=range]") && !each.closest("[inert]"))
  .map((each) => [each.getAttribute("aria-label") ?? (each.innerText || each.id), each.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < least - 0.5 || box.height < least - 0.5))
  .map(([name, box]) => `${name.trim()}: ${Math.round(box.width)} × ${Math.round(box.height)}`)"""


def test_a_phone_shows_the_list_as_a_drawer(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights", MARKDOWN, title="Weights")
    made["messages"][1] |= {"status": "length", "runs": [receipt()]}
    chat = visit(server, f"/c/{made['id']}", conversations=[made], **PHONE)
    fits(chat)
    more = chat.page.get_by_role("button", name="More for Weights")
    expect(more).to_have_count(0)  # the closed drawer is not reachable
    chat.page.get_by_role("button", name="Conversations", exact=True).tap()
    expect(more).to_have_count(1)
    expect(chat.item("Weights")).to_be_in_viewport()
    expect(chat.page.get_by_role("button", name="Close")).to_be_focused()
    assert chat.page.locator("#main").evaluate("(main) => main.inert")
    assert chat.page.evaluate(SMALL, MIN_TARGET) == []
    chat.page.get_by_role("link", name="New chat").tap()
    expect(chat.item("Weights")).not_to_be_in_viewport()
    fits(chat)
    chat.composer.fill("What is BitNet?")
    chat.send.tap()
    chat.wait_until_answered(1)
    fits(chat)
    chat.page.get_by_role("button", name="Settings", exact=True).tap()
    assert chat.page.evaluate(SMALL, MIN_TARGET) == []
    chat.settings.get_by_role("button", name="Close").tap()


def test_the_header_of_a_phone_names_the_model_and_the_settings(server: Server, visit: Open) -> None:
    settings = {"temperature": 0.2, "system_prompt": "Answer like a pirate."}
    made = conversation("why", "so", title="What is a language model, and what is it not?", settings=settings)
    chat = visit(server, f"/c/{made['id']}", conversations=[made], **PHONE)
    whole = "(button) => button.scrollWidth <= button.clientWidth"
    assert chat.page.locator("#model").evaluate(whole)
    chip = chat.page.locator("#settings-chip")
    expect(chip).to_have_text("Own system prompt · T 0.2")
    assert chip.evaluate(whole)
    title = chat.page.locator("#title").bounding_box()
    assert title
    assert title["width"] > 150
    fits(chat)
    chip.tap()
    expect(chat.settings).to_be_visible()


def test_on_a_tablet_the_button_of_a_row_stays_in_its_row(server: Server, visit: Open) -> None:
    tablet = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}
    made = [conversation("why", "so", title=f"Number {number}", age=number) for number in range(3)]
    chat = visit(server, conversations=made, **tablet)
    expect(chat.items).to_have_count(3)
    outside = """(items) => items.map((item) => [item, item.querySelector(".more")]
        .map((each) => each.getBoundingClientRect()))
      .filter(([row, button]) => button.top < row.top - 0.5 || button.bottom > row.bottom + 0.5).length"""
    assert chat.items.evaluate_all(outside) == 0
    assert chat.page.evaluate(SMALL, MIN_TARGET) == []


def fits(chat: ChatPage) -> None:
    """Fail if anything is wider than the screen, the composer is not in sight, or a touch target is too small."""
    wide = "document.documentElement.scrollWidth > innerWidth || scroller.scrollWidth > scroller.clientWidth"
    assert not chat.page.evaluate(wide)
    expect(chat.composer).to_be_in_viewport(ratio=1)
    expect(chat.send).to_be_in_viewport(ratio=1)
    assert chat.page.evaluate(SMALL, MIN_TARGET) == []


def test_a_page_of_320_pixels_does_not_scroll_sideways(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights " + "w" * 300, MARKDOWN, title="Weights " * 12)
    chat = visit(server, f"/c/{made['id']}", conversations=[made], viewport={"width": 320, "height": 640})
    expect(chat.last.locator("table")).to_be_attached()
    wide = "document.documentElement.scrollWidth > innerWidth || scroller.scrollWidth > scroller.clientWidth"
    assert not chat.page.evaluate(wide)
