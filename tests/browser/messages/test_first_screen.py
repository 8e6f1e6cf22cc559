"""An empty conversation has the composer below its headline; it moves down with the first question."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.driver.conversations import conversation
from tests.server import Server


def box(element: Locator) -> dict[str, float]:
    found = element.bounding_box()
    assert found
    return dict(found)


def test_the_composer_moves_down_with_the_first_question_and_keeps_the_focus(server: Server, visit: Open) -> None:
    chat = visit(server, reduced_motion="reduce")
    height = chat.page.viewport_size["height"]  # type: ignore[index]
    heading = chat.page.get_by_role("heading", name="What would you like to know?")
    examples = chat.page.get_by_role("list", name="Examples to try")
    assert box(heading)["y"] < box(chat.composer)["y"] < box(examples)["y"] < height
    chat.ask_and_wait("What is a weight?")
    expect(chat.composer).to_be_focused()
    expect(examples).to_be_hidden()
    assert box(chat.composer)["y"] > height - 200
    chat.page.go_back()
    expect(heading).to_be_visible()
    assert box(chat.composer)["y"] < height - 250


def test_toasts_are_one_stack_above_the_composer(server: Server, visit: Open) -> None:
    made = [conversation("a", "b", title=title) for title in ("One", "Two", "Three")]
    chat = visit(server, f"/c/{made[2]['id']}", conversations=made)
    chat.item_menu("One", "Delete")
    chat.item_menu("Two", "Delete")
    toasts = chat.page.locator(".toast")
    expect(toasts).to_have_count(2)
    first, second = box(toasts.first), box(toasts.last)
    assert first["y"] + first["height"] <= second["y"]
    assert second["y"] + second["height"] <= box(chat.page.locator("#foot"))["y"]
    assert second["x"] >= box(chat.page.locator("#main"))["x"]
