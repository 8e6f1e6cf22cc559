"""Diagrams in Mermaid's language are drawn in a frame without an origin, or shown as code with the reason."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.driver.conversations import conversation
from tests.server import Server

from .conftest import Text

FLOW = "```mermaid\nflowchart LR\n  question[Question] --> answer{Answer}\n  answer -->|again| question\n```\n"
KINDS = {
    "sequence": "sequenceDiagram\n  Ada->>Server: Why?\n  Server-->>Ada: So.",
    "state": "stateDiagram-v2\n  [*] --> Queued\n  Queued --> Running",
    "class": "classDiagram\n  Animal <|-- Duck\n  Animal : +int age",
    "entity": "erDiagram\n  USER ||--o{ CHAT : owns",
    "gantt": "gantt\n  dateFormat YYYY-MM-DD\n  section Work\n  Write :a, 2026-01-01, 3d",
    "pie": 'pie title Tokens\n  "prompt" : 40\n  "answer" : 60',
}


def drawing(text: Text) -> Locator:
    return text.root.frame_locator("iframe").locator("svg").first


def colour(place: Locator, name: str) -> str:
    found: str = place.evaluate(f"(element) => getComputedStyle(element).{name}")
    return found


def test_a_diagram_is_drawn_beside_its_code_which_stays_at_hand(text: Text) -> None:
    block = text.show(f"See:\n\n{FLOW}\nDone.").locator("figure.code")
    expect(drawing(text)).to_be_visible()
    expect(drawing(text)).to_contain_text("Question")
    expect(block.locator("pre")).to_be_hidden()
    frame = block.locator("iframe").bounding_box()
    drawn = drawing(text).bounding_box()
    assert frame
    assert drawn
    assert 40 < drawn["height"] <= frame["height"] <= 560
    assert drawn["width"] <= frame["width"]
    block.get_by_role("button", name="Copy code").click()
    expect(block.get_by_title("Copied")).to_be_visible()
    assert text.page.evaluate("navigator.clipboard.readText()").startswith("flowchart LR\n")
    block.get_by_role("button", name="Show the code").click()
    expect(block.locator("pre")).to_contain_text("answer -->|again| question")
    expect(block.locator("iframe")).to_have_count(0)
    block.get_by_role("button", name="Show the diagram").press("Enter")
    expect(drawing(text)).to_be_visible()


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_diagrams(text: Text, kind: str) -> None:
    text.show(f"```mermaid\n{KINDS[kind]}\n```\n")
    expect(drawing(text)).to_be_visible()


def test_a_diagram_is_drawn_when_its_block_is_complete(text: Text) -> None:
    text.stream(FLOW.removesuffix("```\n"), step=7, ends=False)
    expect(text.root.locator("pre")).to_be_visible()
    expect(text.root.locator("iframe")).to_have_count(0)
    text.stream(f"{FLOW}\nand more", step=9, ends=False)
    expect(drawing(text)).to_be_visible()


def test_a_diagram_follows_the_theme(text: Text) -> None:
    text.show(FLOW)
    label = text.root.frame_locator("iframe").locator("svg .nodeLabel").first
    expect(label).to_be_visible()
    before = colour(label, "color")
    text.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    try:
        text.page.wait_for_function("(before) => before !== null", arg=before)
        expect(text.root.frame_locator("iframe").locator("html")).to_have_attribute("data-theme", "dark")
        expect(label).not_to_have_css("color", before)
    finally:
        text.page.evaluate("delete document.documentElement.dataset.theme")


HOSTILE = """```mermaid
flowchart LR
  a["<img src='https://example.org/x.png' onerror='parent.document.title=1'>Label"]
  click a "https://example.org/"
  click a call alert(1)
```
"""


def test_the_frame_cannot_reach_the_page_or_the_network(server: Server, visit: Open) -> None:
    made = conversation("Draw it", HOSTILE)
    chat = visit(server, f"/c/{made['id']}", conversations=[made], expects_problems=True)  # what the policy blocked
    inside = chat.last.frame_locator("iframe")
    expect(inside.locator("svg").first).to_contain_text("Label")
    assert inside.locator("[onerror], a[href]").count() == 0
    assert chat.last.locator("iframe").get_attribute("sandbox") == "allow-scripts"
    frame = chat.page.frames[-1]
    assert frame.evaluate("origin") == "null"
    with pytest.raises(Exception, match=r"cross-origin|SecurityError"):
        frame.evaluate("parent.document.title")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("flowchart LR\n  a --> --> b", "Parse error on line 2"),
        ("this is no diagram", "No diagram type detected"),
        (f"flowchart LR\n{'  a --> b' * 3000}", "it is too long"),
        ("flowchart LR\n" + "\n".join(f"  a{n} --> b{n}" for n in range(400)), "Edge limit exceeded"),
    ],
)
def test_what_cannot_be_drawn_is_shown_as_code_with_the_reason(text: Text, source: str, reason: str) -> None:
    block = text.show(f"```mermaid\n{source}\n```\n").locator("figure.code")
    expect(block.get_by_role("note")).to_contain_text("Shown as code, not as a diagram: ")
    expect(block.get_by_role("note")).to_contain_text(reason, ignore_case=True)
    expect(block.locator("pre")).to_be_visible()
    expect(block.locator("iframe")).to_have_count(0)


def test_a_tall_diagram_scrolls_in_its_frame(text: Text) -> None:
    steps = "\n".join(f"  s{n}[Step {n}] --> s{n + 1}[Step {n + 1}]" for n in range(40))
    block = text.show(f"```mermaid\nflowchart TD\n{steps}\n```\n").locator("figure.code")
    expect(drawing(text)).to_be_visible()
    box = block.locator("iframe").bounding_box()
    assert box
    assert box["height"] <= 560
    root = text.root.frame_locator("iframe").locator("html")
    assert root.evaluate("(root) => root.scrollHeight > root.clientHeight")


def test_many_diagrams_are_drawn_on_demand(text: Text) -> None:
    text.show(FLOW * 12)
    drawn = text.root.locator("figure.drawn")
    for figure in text.root.locator("figure.code").all():
        figure.scroll_into_view_if_needed()
    expect(drawn).to_have_count(4)
    text.root.get_by_role("button", name="Show the diagram").last.click()
    expect(drawn).to_have_count(5)
    expect(text.root.get_by_role("button", name="Show the diagram")).to_have_count(7)
