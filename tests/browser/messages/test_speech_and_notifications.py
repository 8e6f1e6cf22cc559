"""Answers read aloud, and notifications. Headless browsers have no voices and show nothing: their API is replaced."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage, numbered
from tests.browser.driver.conversations import conversation
from tests.server import Server

VOICES = """
window.said = [];
const synthesis = {
  getVoices: () => [
    { name: "Ada", lang: "en-US", default: true }, { name: "Kim", lang: "en-GB" }, { name: "Anna", lang: "de_DE" },
    { name: "Li", lang: "zh-CN" }, { name: "Kyoko", lang: "ja-JP" },
  ],
  cancel: () => { window.cancelled = true; },
  speak: (utterance) => { said.push(utterance); },
};
Object.defineProperty(window, "speechSynthesis", { value: synthesis });
window.SpeechSynthesisUtterance = class extends EventTarget { constructor(text) { super(); this.text = text; } };
"""
NOTIFICATIONS = """
window.asked = 0;
window.shown = [];
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { asked += 1; return this.permission = "ANSWER"; }
  constructor(title, options) { super(); shown.push([title, options.body]); }
};
Object.defineProperty(document, "hidden", { get: () => window.away === true });
"""
TEXT = """# The sea

It is **blue**. [Waves](https://example.org) roll.

```python
print("no")
```

| a | b |
| - | - |
| 1 | 2 |
"""


def start(server: Server, visit: Open, script: str, **options: object) -> ChatPage:
    chat = visit(server, "", **options)
    chat.page.add_init_script(script)
    return chat


def test_an_answer_is_read_aloud_without_its_code_until_it_is_stopped(server: Server, visit: Open) -> None:
    made = conversation("one", TEXT)
    chat = start(server, visit, VOICES, conversations=[made]).open(f"/c/{made['id']}")
    more = chat.last.get_by_role("button", name="More for this answer")
    chat.last.hover()
    assert chat.page.evaluate("said.length") == 0
    chat.menu(more, "Read aloud")
    chat.page.evaluate("() => { for (let at = 0; at < said.length; at++) said[at].dispatchEvent(new Event('end')); }")
    said = chat.page.evaluate("said.map(({ text }) => text.trim())")
    assert said == ["The sea", "It is blue.", "Waves roll.", "(Code.)", "a", "b", "1", "2"]
    stop = chat.last.get_by_role("button", name="Stop reading")
    expect(stop).to_have_count(0)  # it has ended
    chat.menu(more, "Read aloud")
    expect(stop).to_be_focused()
    chat.page.evaluate("cancelled = false")
    chat.page.keyboard.press("Enter")
    expect(stop).to_have_count(0)
    assert chat.page.evaluate("cancelled")
    chat.page.evaluate("said.at(-1).dispatchEvent(new Event('end'))")
    assert chat.page.evaluate("said.length") == len(said) + 1  # nothing follows


@pytest.mark.parametrize(
    ("answer", "lang", "voice"),
    [
        ("It is the model that answers, and it is slow.", "en-GB", "Kim"),  # as the browser is set
        ("Das Modell antwortet, und es ist nicht schnell: `const it = the;`", "de_DE", "Anna"),
        ("注意：这个模型 BitNet 很小。", "zh-CN", "Li"),
        ("この模型は小さいです。", "ja-JP", "Kyoko"),
        ("Модель отвечает медленно.", "ru", None),  # the browser has no such voice, and knows best what to do
    ],
)
def test_an_answer_is_read_by_a_voice_of_its_language(
    server: Server, visit: Open, answer: str, lang: str, voice: str | None
) -> None:
    made = conversation("one", answer)
    chat = start(server, visit, VOICES, conversations=[made], locale="en-GB").open(f"/c/{made['id']}")
    chat.last.hover()
    chat.menu(chat.last.get_by_role("button", name="More for this answer"), "Read aloud")
    assert chat.page.evaluate("[said[0].lang, said[0].voice?.name ?? null]") == [lang, voice]


def test_without_a_voice_nothing_is_read_aloud(server: Server, visit: Open) -> None:
    made = conversation("one", TEXT)
    script = VOICES.replace("getVoices: () => [", "getVoices: () => [], others: () => [")
    chat = start(server, visit, script, conversations=[made]).open(f"/c/{made['id']}")
    chat.last.hover()
    chat.last.get_by_role("button", name="More for this answer").click()
    expect(chat.page.get_by_role("menuitem")).to_have_text(["Edit", "Delete"])


@pytest.mark.parametrize("answer", ["denied", "granted"])
def test_a_long_answer_notifies_whoever_turned_it_on(slow_server: Server, visit: Open, answer: str) -> None:
    chat = start(slow_server, visit, NOTIFICATIONS.replace("ANSWER", answer)).open()
    assert chat.page.evaluate("asked") == 0
    chat.main_menu("Notifications")
    dialog = chat.page.get_by_role("dialog", name="Notifications")
    box = dialog.get_by_role("checkbox")
    box.click()
    if answer == "denied":
        expect(box).to_be_disabled()
        expect(box).not_to_be_checked()
        expect(dialog.get_by_role("status")).to_contain_text("does not let this page show notifications")
        dialog.get_by_role("button", name="Close").click()
        chat.main_menu("Notifications")
        expect(box).to_be_disabled()
        assert chat.page.evaluate("asked") == 1
        return
    expect(box).to_be_checked()
    dialog.get_by_role("button", name="Close").click()
    chat.page.evaluate("away = true")
    chat.ask_and_wait("short")
    assert chat.page.evaluate("shown") == []
    chat.ask_and_wait(numbered(270))  # a token takes 40 ms
    assert chat.page.evaluate("shown") == [["The answer is finished", "short"]]
