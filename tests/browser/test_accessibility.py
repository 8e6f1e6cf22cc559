"""The pages follow WCAG 2.1 AA as far as axe can tell, respect reduced motion, and fold what the model thinks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage, numbered
from tests.browser.driver.conversations import conversation, receipt
from tests.browser.test_answers import MARKDOWN
from tests.server import Server
from tests.thinking_templates import BITNET_THINKS

THOUGHT = numbered(40)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}

CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}

STILL = """() => Promise.allSettled(document.getAnimations()
  .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity).map(({ finished }) => finished))"""


def violations(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """Return the violations that axe finds, in both themes."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.evaluate(STILL)  # a fading element has less contrast
        result: dict[str, Any] = Axe().run(page, options=rules).response
        for violation in result["violations"]:
            found += [
                f"{theme}: {violation['id']}: {node['html'][:200]} {node['failureSummary']}"
                for node in violation["nodes"]
            ]
    return found


def test_the_empty_page_is_accessible(server: Server, visit: Open) -> None:
    chat = visit(server)
    expect(chat.page.locator(".notice")).to_be_visible()
    assert violations(chat.page) == []


def test_a_conversation_is_accessible(server: Server, visit: Open) -> None:
    made = conversation("Tell me of weights", MARKDOWN, "More " * 400, "And more.", title="Weights")
    made["messages"][1]["runs"] = [receipt()]
    made["messages"][3] |= {"status": "length", "runs": [receipt(finish_reason="length")], "window_start": None}
    chat = visit(server, f"/c/{made['id']}", conversations=[made, conversation("a", "b", title="Pinned", pinned=True)])
    expect(chat.page.locator(".hljs-comment")).to_be_visible()
    chat.answers.first.locator("button.summary").click()
    expect(chat.page.locator(".receipt")).to_be_visible()
    chat.page.locator("#more").click()
    expect(chat.page.get_by_role("menu")).to_be_visible()
    assert violations(chat.page) == []


def test_the_page_of_the_api_is_readable_and_leads_back(server: Server, visit: Open) -> None:
    chat = visit(server, "")
    page = chat.page
    page.goto(f"{server.url}/docs/")
    page.locator(".opblock-post .opblock-summary-control").first.click()
    expect(page.locator(".opblock-body .model-example").first).to_be_visible()
    assert violations(page, CONTRAST) == []
    black = page.locator(".opblock svg path, .opblock-tag svg path").evaluate_all(
        "(paths) => new Set(paths.map((each) => getComputedStyle(each).fill)).has('rgb(0, 0, 0)')"
    )
    assert not black  # the theme is dark now
    page.locator(".authorization__btn").first.click()
    expect(page.locator(".modal-ux")).to_be_visible()
    assert violations(page, CONTRAST) == []
    page.locator(".close-modal").click()
    page.get_by_role("link", name="← BitNet").click()
    expect(chat.composer).to_be_visible()


def test_a_streaming_answer_is_accessible(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(400))
    chat.wait_until_streaming()
    assert violations(chat.page) == []
    chat.send.click()
    chat.wait_until_answered(1)


def test_the_settings_are_accessible(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.post("/chat/presets", {"name": "Brief", "settings": {"temperature": 0}})
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    expect(chat.settings.get_by_role("listitem")).to_be_visible()
    chat.settings.get_by_label("Temperature", exact=True).fill("9")
    assert violations(chat.page) == []


def test_errors_are_accessible(server: Server, visit: Open) -> None:
    made = conversation("why", "half of", "and now", "", title="Failed")
    for number, (status, code) in {1: ("interrupted", None), 3: ("failed", "engine_crashed")}.items():
        error = {"code": code, "detail": "The engine stopped."} if code else None
        made["messages"][number] |= {"status": status, "error": error}
    chat = visit(server, f"/c/{made['id']}", conversations=[made])
    expect(chat.page.locator(".problem")).to_have_count(2)
    assert violations(chat.page) == []


def test_search_renaming_and_toasts_are_accessible(server: Server, visit: Open) -> None:
    chat = visit(
        server, conversations=[conversation("a word", "b", title="One"), conversation("a word", "b", title="Two")]
    )
    chat.search.fill("word")
    expect(chat.items.locator("mark").first).to_be_visible()
    chat.item_menu("One", "Delete")
    expect(chat.toast).to_be_visible()
    chat.item("Two").locator("a").focus()
    chat.page.keyboard.press("F2")
    expect(chat.page.get_by_role("textbox", name="Conversation title")).to_be_visible()
    assert violations(chat.page) == []


def test_the_dialogs_of_shortcuts_and_appearance_are_accessible(server: Server, visit: Open) -> None:
    chat = visit(server)
    for item in ("Keyboard shortcuts", "Appearance"):
        chat.main_menu(item)
        expect(chat.page.get_by_role("dialog", name=item)).to_be_visible()
        assert violations(chat.page) == []
        chat.page.keyboard.press("Escape")


def test_the_list_on_a_phone_is_accessible(server: Server, visit: Open) -> None:
    chat = visit(server, conversations=[conversation("a", "b", title="One")], **PHONE)
    chat.page.get_by_role("button", name="Conversations", exact=True).click()
    expect(chat.item("One")).to_be_in_viewport()
    assert violations(chat.page) == []


@pytest.mark.parametrize("path", ["/accounts/sign-in", "/accounts/sign-up", "/nothing"])
def test_other_pages_are_accessible(server: Server, visit: Open, path: str) -> None:
    chat = visit(server, "")
    chat.page.goto(server.url + path)
    if path != "/nothing":
        chat.page.get_by_role("button", name="Sign in" if path.endswith("in") else "Create account").click()
        expect(chat.page.get_by_text("This field is required.").first).to_be_visible()
    assert violations(chat.page) == []


def test_reduced_motion_is_respected(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server, reduced_motion="reduce")
    moving = "document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime > 10).length"
    chat.ask(numbered(400))
    chat.wait_until_streaming(words=2)
    assert chat.page.evaluate(moving) == 0
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    assert chat.page.evaluate(moving) == 0
    chat.page.keyboard.press("Escape")
    chat.send.click()
    chat.wait_until_answered(1)


@pytest.fixture(scope="module")
def thinking_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    arguments = f"--fake echo --fake 'thinks={THOUGHT}' --fake seconds-per-token=0.05"
    settings = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": arguments, "CHAT_TEMPLATE": BITNET_THINKS}
    with Server(tmp_path_factory.mktemp("thinking"), **settings) as server:
        server.wait_for_health()
        yield server


def used_tokens(chat: ChatPage) -> int:
    found = re.match(r"([\d,]+) of", chat.page.locator("#tokens").inner_text())
    assert found
    return int(found[1].replace(",", ""))


def test_a_thought_is_folded_live_and_afterwards(thinking_server: Server, visit: Open) -> None:
    chat = visit(thinking_server)
    chat.ask("Why is that?")
    thought = chat.last.locator("details.thought")
    summary = thought.locator("summary")
    expect(summary).to_have_text(re.compile(r"^Thinking… \d s$"))
    expect(thought.locator(".thinking")).to_be_hidden()
    summary.focus()
    chat.page.keyboard.press("Enter")  # by keyboard, while it grows
    expect(thought.locator(".thinking")).to_contain_text("w3")
    expect(thought.locator(".thinking")).to_contain_text(THOUGHT.split()[-2])
    while_thinking = used_tokens(chat)
    chat.wait_until_answered(1)
    expect(summary).to_have_text(re.compile(r"^Thought for \d+ s$"))
    expect(thought.locator(".thinking")).to_have_text(THOUGHT)
    assert 0 <= used_tokens(chat) - while_thinking < len(THOUGHT.split()) / 2  # the answer alone
    assert violations(chat.page) == []
    assert chat.text_of(chat.last) == "Why is that?"
    expect(chat.announced).to_have_text("Answer. Why is that?")
    chat.reload()
    expect(summary).to_have_text(re.compile(r"^Thought for \d+ s$"))
    expect(thought.locator(".thinking")).to_be_hidden()
    _, answer = chat.saved()
    assert (answer["reasoning"], answer["text"]) == (THOUGHT, "Why is that?")
    chat.search.fill("w3")
    expect(chat.items).to_have_count(0)


def test_a_thought_that_is_stopped_ends_with_the_answer_and_goes_on(thinking_server: Server, visit: Open) -> None:
    chat = visit(thinking_server)
    chat.ask("Why?")
    summary = chat.last.locator("details.thought summary")
    expect(summary).to_have_text(re.compile("^Thinking…"))
    chat.page.get_by_role("button", name="Stop").click()
    chat.wait_until_answered(1)
    expect(summary).to_have_text(re.compile("^Thought"))
    assert chat.text_of(chat.last) == ""
    chat.last.get_by_role("button", name="Continue this answer").click()
    chat.wait_until_answered(1)
    expect(chat.last.locator(".text")).to_have_text("Why?")
    _, answer = chat.saved()
    assert answer["reasoning"] == THOUGHT
