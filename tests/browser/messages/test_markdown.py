"""The text of answers: the Markdown that models write, while it grows and when it is complete."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.server import PATIENCE

from .conftest import Text

ALL = """\
# Weights

Takes ~3~5 minutes, ~~not 9~~. **注意：**正文 and a note[^1].

- [x] hollow
- [ ] half
  - of it

| one | two |
| --- | ---: |
| a<br>b | `c` |

> Three are *enough*.

1. first

   ```python
   def ternary(): ...
   ```
2. second

[^1]: With **words**.
"""


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("takes ~3~5 minutes", "takes ~3~5 minutes"),
        ("H~2~O and ~~gone~~", "H~2~O and <del>gone</del>"),
        ("**注意：**正文", "<strong>注意：</strong>正文"),
        ("**注意:**正文", "<strong>注意:</strong>正文"),
        ("正文**「引用」**正文", "正文<strong>「引用」</strong>正文"),
        ("한국어**(강조)**를", "한국어<strong>(강조)</strong>를"),
        ("a **b**(c) ** d **", "a <strong>b</strong>(c) ** d **"),
        ("a<br>b<BR />c", "a<br>b<br>c"),
        ("a <b>b</b> <br onclick=x>", "a &lt;b&gt;b&lt;/b&gt; &lt;br onclick=x&gt;"),
        ("of note[^1] and [^2]", "of note<sup>1</sup> and <sup>2</sup>"),
        ("matches [^a-z] and [^name]", "matches [^a-z] and [^name]"),
    ],
)
def test_inline_markdown(text: Text, source: str, html: str) -> None:
    text.show(source)
    assert text.html == f'<p dir="auto">{html}</p>'


def test_a_task_shows_its_box_in_place_of_the_bullet(text: Text) -> None:
    shown = text.show("- [x] done\n- [ ] open\n- item")
    expect(shown.locator("li")).to_have_text(["☑ done", "☐ open", "item"])
    assert shown.locator("li").evaluate_all("(items) => items.map((each) => getComputedStyle(each).listStyleType)") == [
        "none",
        "none",
        "disc",
    ]


def test_footnotes_show_their_numbers(text: Text) -> None:
    shown = text.show("It is so.[^1] And so.[^why]\n\n[^1]: As *one* said.\n[^why]: As others did.\n\nThe end.")
    expect(shown.locator("p:not(.footnote)")).to_have_text(["It is so.1 And so.why", "The end."])
    expect(shown.locator(".footnote")).to_have_text(["1 As one said.", "why As others did."])
    expect(shown.locator("sup")).to_have_text(["1", "why", "1", "why"])


@pytest.mark.parametrize(
    ("marker", "count"),
    [(">", 5000), ("> ", 5000), ("1. ", 5000), ("- a\n" + "  ", 5000), ("*a _b ", 2000), ("[", 2000), ("![a](", 2000)],
)
def test_endless_nesting_is_shown(text: Text, marker: str, count: int) -> None:
    """As a small model repeats it. The parser's stack would hold some hundreds of levels."""
    begun = time.monotonic()
    shown = text.show(f"Before.\n\n{marker * count}\n\nAfter.")
    assert time.monotonic() - begun < PATIENCE
    expect(shown.locator("p").first).to_have_text("Before.")
    deepest = "(root) => Math.max(...[...root.querySelectorAll('blockquote, ol')].map((each) => "
    deepest += "{ let depth = 0; for (; each !== root; each = each.parentElement) depth++; return depth; }), 0)"
    assert shown.evaluate(deepest) < 40


def test_lists_nest_as_deep_as_people_write_them(text: Text) -> None:
    shown = text.show("\n".join("  " * level + f"- level {level}" for level in range(8)))
    expect(shown.locator("li")).to_have_count(8)
    expect(shown.locator("ul " * 8).locator("li")).to_have_text("level 7")


def test_a_fence_inside_a_longer_fence_and_in_a_list_item(text: Text) -> None:
    shown = text.show("````markdown\n```python\nx = 1\n```\n````\n\n- item\n\n  ```sh\n  ls *\n  ```\n- next")
    expect(shown.locator("figure.code code").first).to_have_text("```python\nx = 1\n```")
    expect(shown.locator("li figure.code code")).to_have_text("ls *")
    expect(shown.locator("li")).to_have_count(2)


def test_a_line_break_in_a_table_cell(text: Text) -> None:
    shown = text.show("| a | b |\n| --- | --- |\n| one<br>two | <i>raw</i> |")
    expect(shown.locator("td br")).to_have_count(1)
    expect(shown.locator("td").nth(1)).to_have_text("<i>raw</i>")


@pytest.mark.parametrize("line", ["word " * 2000, "x" * 10_000, "`" + "x" * 10_000 + "`", "*文" * 3000, "$a" * 5000])
def test_a_long_line_is_shown_soon_and_stays_within_the_column(text: Text, line: str) -> None:
    begun = time.monotonic()
    shown = text.show(line)
    assert time.monotonic() - begun < PATIENCE
    assert shown.evaluate("(root) => root.scrollWidth <= root.clientWidth")


def test_code_in_scripts_from_right_to_left_keeps_its_order(text: Text) -> None:
    shown = text.show('זה `f(x, 1)` קוד.\n\n```python\nprint("שלום", 5)\n```')
    expect(shown.locator("p").first).to_have_css("direction", "rtl")
    expect(shown.locator("p code")).to_have_css("direction", "ltr")
    expect(shown.locator("p code")).to_have_css("unicode-bidi", "isolate")
    expect(shown.locator(".hljs-string")).to_have_css("unicode-bidi", "isolate")
    x = """(code) => { const [string, five] = [code.querySelector(".hljs-string"), code.querySelector(".hljs-number")];
      return five.getBoundingClientRect().left > string.getBoundingClientRect().right; }"""
    assert shown.locator("pre code").evaluate(x)


def test_a_growing_text_becomes_what_the_complete_text_is(text: Text) -> None:
    text.stream(ALL)
    expect(text.root.locator(".hljs-keyword")).to_be_attached()
    grown = text.html
    text.show(ALL)
    expect(text.root.locator(".hljs-keyword")).to_be_attached()
    assert grown == text.html


# As Google Translate does: every text becomes two elements, with other words in other places.
TRANSLATE = """(root) => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  for (const node of found) {
    if (!node.data.trim() || node.parentElement.closest("font, [translate=no], button")) continue;
    const font = document.createElement("font");
    font.append(document.createElement("font"));
    font.firstChild.append(node.data.toUpperCase());
    node.replaceWith(font);
  }
}"""
# As other extensions do.
REPLACE = "(root) => { for (const each of [...root.children]) each.replaceWith(each.cloneNode(true)); }"


@pytest.mark.parametrize("change", [TRANSLATE, REPLACE])
def test_the_browsers_translation_loses_no_text_of_a_growing_answer(text: Text, change: str) -> None:
    source = "One *two* three.\n\n- four\n- five `six`\n\n```sh\nseven\neight\n```\n\nNine ten."
    text.stream(source, step=2, after=change)
    words = text.root.inner_text().lower().split()
    shown = [word for word in words if word not in ("sh", "copy")]
    assert shown == ["one", "two", "three.", "four", "five", "six", "seven", "eight", "nine", "ten."]
    expect(text.root.locator("pre code")).to_have_text("seven\neight")
