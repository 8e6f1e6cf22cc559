"""Questions and answers: sending, streaming, stopping, continuing, regenerating, editing."""

from __future__ import annotations

import json
import re
from itertools import pairwise

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import numbered
from tests.server import Server

MARKDOWN = """\
# Weights

Each weight is **one of three**: `-1`, `0` or `1`. See [the paper](https://example.org/paper) or <b>not</b>.

- hollow
- half
  - of it
- full

| weight | share |
| --- | ---: |
| zero | 40 % |
| others | 60 % |

```python
def ternary(weight: float) -> int:
    # a comment
    return round(weight)
```

> Three are enough.

1. one
2. two
"""


def test_an_answer_streams_and_is_saved(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server, "")
    pieces: list[str | bytes] = []

    def hear(frame: str | bytes) -> None:
        if '"type": "text"' in str(frame):
            pieces.append(frame)

    chat.page.on("websocket", lambda socket: socket.on("framereceived", hear))
    chat.open()
    asked = numbered(30)
    chat.ask(asked)
    chat.wait_until_streaming(words=3)
    chat.wait_until_answered(1)
    assert len(pieces) > 1
    question, answer = chat.saved()
    assert question["text"] == asked
    assert answer["status"] == "complete"
    assert answer["text"].endswith(json.loads(pieces[-1])["text"])
    expect(chat.questions.first.locator(".bubble")).to_have_text(asked)
    expect(chat.items).to_have_text([re.compile(r"w0 w1 w2")])  # its title is generated from the question
    expect(chat.composer).to_be_focused()


def test_clicking_an_example_asks_it(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.page.get_by_role("button", name="What is machine learning?").click()
    chat.wait_until_answered(1)
    assert chat.saved()[1]["status"] == "complete"


def test_streamed_markdown_equals_reloaded_markdown(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(MARKDOWN)
    text = chat.last.locator(".text")
    expect(text.locator("li").first).to_have_text("hollow")
    first = text.locator("h3").element_handle()
    expect(text.locator("pre")).to_contain_text("def ternary")
    assert first.evaluate("(heading) => heading.isConnected")  # finished blocks are not replaced
    chat.wait_until_answered(1)
    expect(text.locator("strong")).to_have_text("one of three")
    expect(text.locator("table td").nth(1)).to_have_text("40 %")
    expect(text.locator("li li")).to_have_text("of it")
    expect(text.locator("ol li")).to_have_text(["one", "two"])
    expect(text.locator("b")).to_have_count(0)
    expect(text.locator(".hljs-comment")).to_have_text("# a comment")
    link = text.get_by_role("link", name="the paper")
    expect(link).to_have_attribute("href", "https://example.org/paper")
    grown = text.inner_html()
    chat.reload()
    chat.wait_until_answered()
    expect(text.locator(".hljs-comment")).to_be_visible()
    assert text.inner_html() == grown


def test_copy_buttons_copy_the_source_text(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server, permissions=["clipboard-read", "clipboard-write"])
    code = "for each in range(3):\n    print(each)"
    chat.ask_and_wait(f"Look:\n\n```python\n{code}\n```")
    expect(chat.last.locator("figure.code figcaption")).to_contain_text("python")
    chat.last.get_by_role("button", name="Copy code").click()
    expect(chat.last.get_by_title("Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == code
    chat.last.get_by_role("button", name="Copy answer").click()
    expect(chat.announced).to_have_text("Copied")
    chat.page.wait_for_function("() => navigator.clipboard.readText().then((text) => text.includes('Look:'))")
    assert chat.page.evaluate("navigator.clipboard.readText()") == chat.saved()[1]["text"]


def test_a_stopped_answer_keeps_its_text_and_can_be_continued(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(60))
    chat.wait_until_streaming(words=3)
    chat.send.click()  # the button is "Stop" while an answer is generated
    chat.wait_until_answered(1)
    expect(chat.last).to_contain_text("Stopped")
    part = chat.saved()[1]
    assert part["status"] == "stopped"
    assert numbered(60).startswith(part["text"].strip())
    chat.last.get_by_role("button", name="Continue this answer").click()
    expect(chat.last.locator("article")).to_have_attribute("aria-busy", "true")
    chat.wait_until_answered(1)
    assert chat.saved()[1]["text"].strip() == numbered(60)
    assert chat.text_of(chat.last) == numbered(60)


def test_escape_stops_an_answer(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask(numbered(60))
    chat.wait_until_streaming()
    chat.composer.press("Escape")
    chat.wait_until_answered(1)
    assert chat.saved()[1]["status"] == "stopped"


def test_a_regenerated_answer_is_another_version(server: Server, visit: Open) -> None:
    chat = visit(server)
    first = chat.ask_and_wait("Write a haiku about the sea")
    chat.last.get_by_role("button", name="Regenerate").click()
    versions = chat.last.get_by_role("group", name="Versions of this answer")
    expect(versions).to_contain_text("2 / 2")
    chat.wait_until_answered(1)
    second = chat.text_of(chat.last)
    versions.get_by_role("button", name="Previous version").click()
    expect(versions).to_contain_text("1 / 2")
    assert chat.text_of(chat.last) == first
    # The focus moves, because the first version disables the other button.
    expect(versions.get_by_role("button", name="Next version")).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(versions).to_contain_text("2 / 2")
    assert chat.text_of(chat.last) == second


def test_an_edited_question_starts_a_branch(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask_and_wait("the first question")
    chat.ask_and_wait("the second question")
    chat.questions.first.hover()
    chat.questions.first.get_by_role("button", name="Edit question").click()
    editor = chat.page.get_by_role("textbox", name="Edit your question")
    expect(editor).to_be_focused()
    expect(editor).to_have_value("the first question")
    editor.fill("another first question")
    editor.press("Enter")
    chat.wait_until_answered(1)
    assert chat.text_of(chat.last) == "another first question"
    versions = chat.page.get_by_role("group", name="Versions of this question")
    expect(versions).to_contain_text("2 / 2")
    versions.get_by_role("button", name="Previous version").click()
    expect(chat.answers).to_have_count(2)  # the whole other branch is shown
    assert chat.text_of(chat.last) == "the second question"
    chat.reload()
    expect(chat.answers).to_have_count(2)  # the choice of the branch is saved


def test_up_arrow_edits_the_last_question_and_escape_cancels(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask_and_wait("a question")
    chat.composer.press("ArrowUp")
    editor = chat.page.get_by_role("textbox", name="Edit your question")
    expect(editor).to_be_focused()
    editor.press("Escape")
    expect(editor).to_have_count(0)
    expect(chat.composer).to_be_focused()
    assert len(chat.saved()) == 2


def test_an_answer_cut_at_the_token_limit_can_be_continued(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.change_settings(max_tokens="6", temperature="0")
    part = chat.ask_and_wait("What is machine learning?")
    expect(chat.last).to_contain_text("Reached the token limit")
    assert chat.saved()[1]["runs"][0]["finish_reason"] == "length"
    chat.last.get_by_role("button", name="Continue this answer").click()
    expect(chat.last.locator(".text")).not_to_have_text(part)
    chat.wait_until_answered(1)
    whole = chat.saved()[1]
    assert len(whole["runs"]) == 2
    assert whole["text"].strip().startswith(part)
    assert len(whole["text"].strip()) > len(part)
    assert chat.text_of(chat.last) == whole["text"].strip()


def test_the_receipt_shows_the_duration_of_each_phase(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.change_settings(seed="7")
    chat.ask_and_wait(numbered(8))
    run = chat.saved()[1]["runs"][0]
    line = chat.last.locator("button.summary")
    expect(line).to_contain_text(re.compile(rf"{run['generated_tokens']} tokens · [\d.,]+ tokens/s · [\d.]+ (ms|s)"))
    line.click()
    expect(line).to_have_attribute("aria-expanded", "true")
    receipt = chat.last.locator(".receipt")
    expect(receipt.locator("dl.waterfall dt")).to_have_text(["Queue", "Prompt", "Answer"])
    bars = receipt.locator(".bar").evaluate_all(
        "(bars) => bars.map(({ style }) => [parseFloat(style.left), parseFloat(style.width)])"
    )
    assert all(start >= 0 and width >= 0 for start, width in bars)
    assert all(abs(one[0] + one[1] - other[0]) < 0.01 for one, other in pairwise(bars))
    assert abs(sum(bars[-1]) - 100) < 0.01
    facts = receipt.locator("dl.facts")
    expect(facts).to_contain_text("BitNet Demo")
    expect(facts.locator("div").filter(has_text="First token")).to_contain_text(re.compile(r"after [\d.]+ (ms|s)"))
    expect(facts.locator("div").filter(has=chat.page.get_by_text("Seed", exact=True))).to_contain_text("7")
    expect(facts).to_contain_text(f"{run['prompt_tokens']} tokens")
    line.click()
    expect(receipt).to_have_count(0)


def test_a_queued_question_shows_its_position(slow_server: Server, visit: Open) -> None:
    first, second = visit(slow_server), visit(slow_server)
    first.ask(numbered(90))
    first.wait_until_streaming()
    second.ask("and I")
    expect(second.last).to_contain_text("Next in line")
    first.send.click()
    second.wait_until_answered(1)
    assert second.text_of(second.last) == "and I"


def test_an_engine_crash_is_shown_and_can_be_retried(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    crash = slow_server.data_dir / "crash"
    crash.touch()
    chat.ask(numbered(8))
    chat.wait_until_answered(1)
    expect(chat.last).to_contain_text("The engine crashed during this answer.")
    expect(chat.last).to_contain_text("Your question is saved")
    expect(chat.questions.first.locator(".bubble")).to_have_text(numbered(8))
    assert chat.saved()[1]["status"] == "failed"
    chat.last.get_by_role("button", name="Continue").click()
    expect(chat.last).not_to_contain_text("crashed during")
    chat.wait_until_answered(1)
    assert chat.saved()[1]["text"].strip() == numbered(8)


def test_new_text_does_not_move_a_reader_who_scrolled_up(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server, viewport={"width": 900, "height": 420})
    chat.ask("\n\n".join(f"paragraph {number}" for number in range(60)))
    chat.wait_until_streaming(words=40)
    scroller = chat.page.locator("#scroller")
    at_end = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight < 48"
    assert scroller.evaluate(at_end)
    scroller.hover()
    chat.page.mouse.wheel(0, -400)
    below = chat.page.get_by_role("button", name="New text below")
    expect(below).to_be_visible()
    place = scroller.evaluate("(box) => box.scrollTop")
    words = len(chat.text_of(chat.last).split())
    chat.wait_until_streaming(words=words + 8)
    assert scroller.evaluate("(box) => box.scrollTop") == place
    below.click()
    expect(below).to_be_hidden()
    assert scroller.evaluate(at_end)
    expect(chat.composer).to_be_focused()
    chat.wait_until_answered(1)
