"""Model output is only text: nothing in it runs, loads anything, or imitates a part of the page."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.driver.chat_page import ChatPage
from tests.browser.driver.conversations import conversation, receipt
from tests.browser.driver.payloads import PAYLOADS
from tests.server import Server

MAX_BYTES = 200_000  # of everything that the empty page loads, compressed
PER_CONVERSATION = 25  # payloads; all messages of a conversation are shown at once
TAGS = (
    "p ul ol li table thead tbody tr th td code pre em strong h3 h4 h5 h6 blockquote hr br del a "
    "sup span div figure figcaption mark"
)
ATTRIBUTES = "class dir href target rel start align role tabindex aria-label type translate"
BUTTONS = "figcaption > button.icon-button, .table-frame > button.icon-button"
PARTS = {"composer": "chat-composer", "turns": "chat-turns", "question": "textarea", "list": "aside"}
# Elements and attributes that are not allowed in messages, and parts of the page that another element imitates.
FOUND = """([tags, attributes, parts, buttons]) => {
  const wrong = [];
  for (const element of document.querySelectorAll("chat-turns .text *, chat-turns .bubble *")) {
    if (element.matches("figure.code > button.lines") && !element.children.length) continue;  // folds long code
    if (element.closest(buttons)) {  // the page's own: an icon and nothing else
      const drawn = ["button", "svg", "use"].includes(element.localName) && !element.textContent.trim();
      if (!drawn || !(element.getAttribute("href") ?? "#icon-").startsWith("#icon-")) wrong.push(element.outerHTML);
      if (element.getAttributeNames().some((name) => name.startsWith("on"))) wrong.push(element.outerHTML);
      continue;
    }
    if (!tags.includes(element.localName)) wrong.push(element.outerHTML);
    const odd = [...element.attributes].filter(({ name }) => !attributes.includes(name));
    if (odd.length) wrong.push(element.outerHTML);
    if (element.localName !== "a") continue;
    if (!["http:", "https:", "mailto:"].includes(element.protocol)) wrong.push(element.outerHTML);
    if (!element.relList.contains("noopener")) wrong.push(element.outerHTML);
  }
  for (const [id, tag] of Object.entries(parts)) {
    const found = [...document.querySelectorAll(`#${id}`)];
    if (found.length !== 1 || found[0].localName !== tag || document.getElementById(id) !== found[0]) wrong.push(id);
  }
  if (document.body.localName !== "body" || typeof document.cookie !== "string") wrong.push("document");
  return wrong;
}"""
SANITIZER = "script-src-attr"  # DOMPurify removes handlers in a document that runs none; the policy reports them


def watched(visit: Open, server: Server, *imported: dict[str, Any]) -> tuple[ChatPage, list[str]]:
    """Open the first conversation. Return the page, and the list of calls of `caught` by payloads."""
    chat = visit(server, "", expects_problems=True, conversations=imported)
    caught: list[str] = []
    chat.page.expose_function("caught", lambda *_: caught.append(chat.page.url))
    return chat.open(f"/c/{imported[0]['id']}" if imported else "/"), caught


def check(chat: ChatPage, caught: list[str]) -> None:
    """Check that no payload had an effect."""
    chat.page.mouse.move(640, 400)
    assert chat.page.evaluate(FOUND, [TAGS.split(), ATTRIBUTES.split(), PARTS, BUTTONS]) == []
    assert caught == []
    assert chat.log.foreign_requests == []
    assert [each for each in chat.log.problems if SANITIZER not in each and "inline event handler" not in each] == []
    assert len(chat.page.context.pages) == 1


def conversations() -> list[dict[str, Any]]:
    return [
        conversation(
            *(text for payload in PAYLOADS[first : first + PER_CONVERSATION] for text in (payload, payload)),
            title=PAYLOADS[first],
        )
        for first in range(0, len(PAYLOADS), PER_CONVERSATION)
    ]


@pytest.mark.promise(27)
def test_payloads_in_answers_questions_and_titles_stay_text(server: Server, visit: Open) -> None:
    made = conversations()
    chat, caught = watched(visit, server, *made)
    for each in made:
        chat.list.locator(f"a[href='/c/{each['id']}']").click()
        expect(chat.answers).to_have_count(len(each["messages"]) // 2)
        expect(chat.page.locator("#title")).to_have_text(each["title"])
        check(chat, caught)


@pytest.mark.promise(27)
def test_payloads_in_a_streaming_answer_stay_text(slow_server: Server, visit: Open) -> None:
    chat, caught = watched(visit, slow_server)
    for first in range(0, len(PAYLOADS), 40):
        chat.ask_and_wait("\n\n".join(PAYLOADS[first : first + 40]))
        check(chat, caught)


@pytest.mark.promise(27)
def test_payloads_in_errors_receipts_and_search_results_stay_text(server: Server, visit: Open) -> None:
    payload = "<img src=x onerror=caught()><svg onload=caught()>"
    made = conversation("find me", payload, title=payload)
    answer = made["messages"][1]
    answer |= {"status": "failed", "error": {"code": payload[:40], "detail": payload}}
    answer["runs"] = [receipt(model=payload, finish_reason=payload)]
    chat, caught = watched(visit, server, made)
    expect(chat.last.locator(".problem")).to_contain_text(payload)
    chat.last.locator("button.summary").click()
    expect(chat.last.locator(".receipt")).to_contain_text(payload)
    chat.search.fill("svg onload")
    expect(chat.items.locator("mark").first).to_have_text("svg onload")
    chat.conversation_menu("Delete")
    expect(chat.toast).to_contain_text(payload)
    check(chat, caught)
    assert chat.page.locator("chat-list img, .toast img, .receipt img, .problem img, header img").count() == 0


@pytest.mark.promise(27)
def test_the_content_security_policy_blocks_injected_elements(server: Server, visit: Open) -> None:
    chat, caught = watched(visit, server)
    append = "(body, [tag, values]) => body.append(Object.assign(document.createElement(tag), values))"
    insert = "(body, html) => body.insertAdjacentHTML('beforeend', html)"
    attempts = [
        (append, ["script", {"textContent": "caught()"}]),
        (append, ["script", {"src": "//evil.test/a.js"}]),
        (append, ["img", {"src": "//evil.test/a.png"}]),
        (append, ["iframe", {"src": "//evil.test/"}]),
        (append, ["base", {"href": "//evil.test/"}]),
        (insert, "<img src=x onerror=caught()>"),
        (insert, "<p id=styled style='color: red'>look</p>"),
        ("() => fetch('https://evil.test/').catch(() => {})", None),
        ("() => { new WebSocket('wss://evil.test/').onerror = () => {}; }", None),
    ]
    listen = (
        "addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective))"
    )
    chat.page.evaluate(f"() => {{ window.violations = []; {listen}; }}")
    body = chat.page.locator("body")
    for script, argument in attempts:
        before = chat.page.evaluate("violations.length")
        body.evaluate(script, argument)
        chat.page.wait_for_function("(before) => violations.length > before", arg=before)
    assert caught == []
    assert chat.page.evaluate("getComputedStyle(styled).color") != "rgb(255, 0, 0)"
    assert chat.page.evaluate("document.baseURI").startswith(server.url)
    form = "(body, action) => { const form = document.createElement('form'); body.append(form); form.action = action; }"
    body.evaluate(form, "//evil.test/")
    # Last, because the navigation never ends.
    with chat.page.expect_console_message(lambda message: "form-action" in message.text):
        chat.page.evaluate("document.forms[document.forms.length - 1].submit()")


def test_the_page_is_small(server: Server, visit: Open) -> None:
    chat = visit(server)
    chat.page.wait_for_load_state("networkidle")
    files = chat.page.evaluate("""() => [...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource")].map(({ name, encodedBodySize }) => [name, encodedBodySize])""")
    if any(name.endswith("/chat/main.js") for name, _ in files):
        pytest.skip("The static files are served from their sources, uncompressed: make test collects them first")
    assert sum(size for _, size in files) < MAX_BYTES


@pytest.mark.parametrize("path", ["/accounts/sign-in", "/accounts/sign-up", "/nothing", "/docs/"])
@pytest.mark.promise(27)
def test_no_page_violates_the_policy_or_loads_from_other_hosts(server: Server, visit: Open, path: str) -> None:
    chat = visit(server, "")
    chat.page.goto(server.url + path)
    chat.page.wait_for_load_state("networkidle")
