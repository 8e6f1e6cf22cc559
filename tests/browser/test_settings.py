"""The settings of a conversation, the server's defaults, and presets."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import LABELS
from tests.server import Server


def test_the_maximum_answer_length_is_respected(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.change_settings(max_tokens="5")
    chat.ask_and_wait("What is machine learning?")
    expect(chat.last).to_contain_text("Reached the token limit")
    answer = chat.saved()[1]
    assert answer["status"] == "length"
    assert answer["runs"][0]["generated_tokens"] == 5


def test_the_same_seed_reproduces_the_answer(server: Server, visit: Open) -> None:
    answers = []
    for _ in range(2):
        chat = visit(server)
        chat.change_settings(seed="42", temperature="1.5", max_tokens="30")
        answers.append(chat.ask_and_wait("Write a haiku about the sea"))
    assert answers[0] == answers[1]


def test_the_system_prompt_reaches_the_model(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    plain = chat.ask_and_wait("hello")
    before = chat.saved()[1]["runs"][0]["prompt_tokens"]
    chat.change_settings(system_prompt="Answer in capitals. " * 30)
    chat.last.get_by_role("button", name="Regenerate").click()
    expect(chat.last.get_by_role("group", name="Versions of this answer")).to_contain_text("2 / 2")
    chat.wait_until_answered(1)
    assert chat.text_of(chat.last) == plain
    assert chat.saved()[1]["runs"][0]["prompt_tokens"] > before + 50
    settings = chat.get(f"/chat/conversations/{chat.conversation}")["settings"]
    assert settings["system_prompt"].startswith("Answer in capitals.")


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_labels_fit_beside_their_buttons(server: Server, visit: Open, width: int) -> None:
    chat = visit(server, viewport={"width": width, "height": 800})
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    for label in LABELS.values():
        chat.settings.get_by_label(label, exact=True).fill("1")
    expect(chat.settings.get_by_text("Use default").last).to_be_visible()
    too_wide = """(rows) => rows.filter((row) => [...row.children].some((each) => each.checkVisibility()
      && each.getBoundingClientRect().right - parseFloat(getComputedStyle(each).paddingRight)
        > row.getBoundingClientRect().right + 0.5)).map((row) => row.innerText)"""
    assert chat.settings.locator(".label").evaluate_all(too_wide) == []


def test_settings_stay_with_their_conversation(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.change_settings(temperature="0.3", seed="11")
    chat.ask_and_wait("What is BitNet?")
    chat.reload()
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    expect(chat.settings.get_by_label("Temperature", exact=True)).to_have_value("0.3")
    expect(chat.settings.get_by_label("Seed", exact=True)).to_have_value("11")
    expect(chat.settings.get_by_label("Top-p", exact=True)).to_have_value("")
    chat.settings.get_by_role("button", name="Use a random seed").click()
    chat.settings.get_by_role("button", name="Apply").click()
    expect(chat.settings).to_be_hidden()
    assert chat.get(f"/chat/conversations/{chat.conversation}")["settings"]["seed"] is None
    chat.page.get_by_role("link", name="New chat").click()
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    expect(chat.settings.get_by_label("Temperature", exact=True)).to_have_value("")


def test_an_invalid_setting_shows_an_error_at_its_field(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.ask_and_wait("What is BitNet?")
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    temperature = chat.settings.get_by_label("Temperature", exact=True)
    temperature.fill("9")
    chat.settings.get_by_role("button", name="Apply").click()
    expect(temperature).to_have_attribute("aria-invalid", "true")
    expect(temperature).to_be_focused()
    expect(chat.settings.get_by_role("alert").filter(has_text="2")).to_be_visible()
    temperature.press("Escape")
    expect(chat.settings).to_be_hidden()


def test_changes_that_were_not_applied_can_be_continued(server: Server, visit: Open) -> None:
    chat = visit(server)
    settings = chat.page.get_by_role("button", name="Settings", exact=True)
    settings.click()
    prompt = chat.settings.get_by_label("System prompt", exact=True)
    prompt.press("Escape")
    expect(chat.settings).to_be_hidden()
    expect(chat.page.locator(".toast")).to_have_count(0)  # nothing was changed
    settings.click()
    prompt.fill("Answer as a pirate.")
    prompt.press("Escape")
    expect(chat.toast).to_contain_text("The changed settings were not applied.")
    chat.toast.get_by_role("button", name="Continue editing").click()
    expect(prompt).to_have_value("Answer as a pirate.")
    chat.settings.get_by_role("button", name="Apply").click()
    expect(chat.settings).to_be_hidden()
    expect(chat.page.locator(".toast")).to_have_count(0)
    settings.click()
    expect(prompt).to_have_value("Answer as a pirate.")


def test_presets_are_saved_applied_renamed_and_deleted(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    chat.settings.get_by_label("Temperature", exact=True).fill("0")
    chat.settings.get_by_label("System prompt", exact=True).fill("Answer briefly.")
    chat.settings.get_by_label("New preset name").fill("Brief")
    chat.settings.get_by_role("button", name="Save preset").click()
    expect(chat.settings.get_by_role("listitem")).to_have_text("Brief")
    chat.settings.get_by_role("button", name="Close").click()

    chat.reload()
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    chat.settings.get_by_role("button", name="Brief", exact=True).click()
    expect(chat.settings.get_by_label("Temperature", exact=True)).to_have_value("0")
    chat.settings.get_by_role("button", name="Apply").click()
    chat.ask_and_wait("What is BitNet?")
    settings = chat.get(f"/chat/conversations/{chat.conversation}")["settings"]
    assert (settings["temperature"], settings["system_prompt"]) == (0, "Answer briefly.")

    chip = chat.page.locator("#settings-chip")
    expect(chip).to_have_text("Brief · T 0")
    chip.click()
    chat.menu(chat.settings.get_by_role("button", name="More for Brief"), "Use for new chats")
    expect(chat.settings.get_by_role("listitem")).to_contain_text("New chats")
    chat.settings.get_by_role("button", name="Close").click()
    chat.page.locator("#new-chat").click()
    expect(chip).to_have_text("Brief · T 0")
    chat.ask_and_wait("What is a model?")
    assert chat.get(f"/chat/conversations/{chat.conversation}")["settings"] == settings

    chip.click()
    chat.menu(chat.settings.get_by_role("button", name="More for Brief"), "Rename")
    name = chat.page.get_by_role("textbox", name="Preset name", exact=True)
    name.fill("Short")
    name.press("Enter")
    chat.menu(chat.settings.get_by_role("button", name="More for Short"), "Delete")
    expect(chat.settings.get_by_role("listitem")).to_have_count(0)
    assert chat.get("/chat/presets")["presets"] == []


def test_a_preset_can_be_renamed_while_the_list_is_loaded(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    chat.settings.get_by_label("New preset name").fill("Brief")
    chat.settings.get_by_role("button", name="Save preset").click()
    expect(chat.settings.get_by_role("listitem")).to_have_text("Brief")
    chat.settings.get_by_role("button", name="Close").click()

    held: list[Route] = []
    chat.page.route("**/chat/presets", lambda route: held.append(route))
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    chat.menu(chat.settings.get_by_role("button", name="More for Brief"), "Rename")
    name = chat.page.get_by_role("textbox", name="Preset name", exact=True)
    name.fill("Short")
    with chat.page.expect_event("requestfinished"):
        held[0].continue_()
    chat.page.unroute("**/chat/presets")
    chat.page.evaluate("new Promise(requestAnimationFrame)")  # the page has read it
    name.press("Enter")
    expect(chat.settings.get_by_role("listitem")).to_have_text("Short")


def test_the_chosen_theme_is_remembered(server: Server, visit: Open) -> None:
    chat = visit(server, color_scheme="light")
    paper = "() => getComputedStyle(document.body).backgroundColor"
    light = chat.page.evaluate(paper)
    chat.main_menu("Appearance")
    chat.page.get_by_role("radio", name="Dark").check()
    chat.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    dark = chat.page.evaluate(paper)
    assert dark != light
    chat.reload()
    assert chat.page.evaluate(paper) == dark
