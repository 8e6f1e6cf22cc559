"""Formulas in LaTeX, shown as MathML."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.driver.conversations import conversation
from tests.server import Server

from .conftest import Text

ANSWER = r"""The area is \( A = \pi r^2 \), and in a table:

| name | value |
| --- | --- |
| root | $\sqrt{x_1}$ |

- Item with \(a_1 * b_2 * c_3\) and *emphasis*
- \[
  \begin{aligned}
  x &= \frac{-b \pm \sqrt{b^2 - 4ac}}{2a} \\
  - y &= \{1, 2\}
  \end{aligned}
  \]

\[
\int_0^1 x\,dx = \frac12 \\
\]

$$
E = mc^2
$$

It costs $5 to $10, or US$6. I paid with A$.
"""


def test_formulas_are_rendered_in_text_lists_and_tables(text: Text) -> None:
    shown = text.show(ANSWER)
    expect(shown.locator("math")).to_have_count(6)
    expect(shown.locator("td math msqrt")).to_have_count(1)
    expect(shown.locator("li math mfrac")).to_have_count(1)
    expect(shown.locator("li em")).to_have_text("emphasis")
    expect(shown.locator(".formula.display")).to_have_count(3)
    expect(shown.locator("p").last).to_have_text("It costs $5 to $10, or US$6. I paid with A$.")
    assert shown.locator("mi").evaluate_all("(all) => all.every((each) => each.namespaceURI.endsWith('MathML'))")


@pytest.mark.parametrize(
    "source",
    [
        "costs $5 to $10",
        "$5-$10",
        "US$5, and A$ or $ 6 $",
        "He paid $20. I paid with A$.",
        "$HOME/$USER",
        r"escaped \$x\$",
        "`$x$`",
        r"``\(x\)``",
        "    $x$ in code",
        "```\n\\[x\\]\n```",
    ],
)
def test_money_and_code_are_no_formulas(text: Text, source: str) -> None:
    shown = text.show(source)
    expect(shown.locator(".formula")).to_have_count(0)
    visible = source.strip("` \n").replace("\\$", "$")
    assert visible in shown.inner_text()


@pytest.mark.parametrize(
    "source",
    [
        r"\(x_1\)",
        r"\[x_1\]",
        "$$x_1$$",
        "$x_1$",
        "\\begin{align}\nx_1 &= 2 \\\\\ny &= 3\n\\end{align}",
        r"\(\pmb{x_1}\)",
    ],
)
def test_every_delimiter(text: Text, source: str) -> None:
    shown = text.show(f"{source}\n\nNext.")
    expect(shown.locator("math msub").first).to_be_attached()
    expect(shown.locator("p").last).to_have_text("Next.")


@pytest.mark.parametrize(
    "source",
    [
        r"\(\frac{1\)",
        r"$\unknown{x}$",
        r"\[\sideset{_1}{}\sum\]",
        r"\(\href{javascript:alert(1)}{x}\)",
        r"\(" + "{" * 4000 + r"\)",
        r"\(" + "x" * 6000 + r"\)",
        r"\(\def\x{\x\x}\x\)",
    ],
)
def test_a_formula_that_cannot_be_rendered_shows_its_source(text: Text, source: str) -> None:
    shown = text.show(f"Before {source} and \\(y\\)")
    expect(shown.locator("math")).to_have_count(1)
    expect(shown.locator(".formula").first).to_have_text(source)
    assert shown.locator("[href], [style*=javascript], [id]").count() == 0


@pytest.mark.parametrize(
    "source",
    [
        r"\text{<img src=x onerror=alert(1)>}",
        r"\includegraphics{//evil.test/a.png}",
        r"\url{javascript:alert(1)}",
        r"\href{https://evil.test}{\text{press}}",
        r"\class{chat-composer}{x}",
        r"\id{composer}{x}",
        r"\style{position: fixed; inset: 0}{x}",
        r"\data{on=load}{x}",
        r"\color{red;background:url(//evil.test)}x",
        r"\rule{9999em}{9999em}",
        r"\kern{9999em} x",
    ],
)
def test_a_formula_adds_nothing_but_mathml(text: Text, source: str) -> None:
    shown = text.show(f"\\({source}\\) and \\(y\\)")
    expect(shown.locator("math").last).to_be_attached()
    odd = """(all) => all.filter((each) => !each.namespaceURI.endsWith("MathML")
      || [...each.attributes].some(({ name }) => /^(on|src|href|id|data)/.test(name)))
      .map((each) => each.outerHTML)"""
    assert shown.locator(".formula *").evaluate_all(odd) == []
    assert shown.evaluate("(root) => root.scrollHeight") < 2000


def test_a_formula_cannot_name_elements_of_the_page(text: Text) -> None:
    shown = text.show(r"\begin{equation}\label{composer} x \end{equation}" + "\n\nSee \\(\\ref{composer}\\)")
    expect(shown.locator("math").first).to_be_attached()
    assert shown.locator("[id], [href], [name]").count() == 0


def test_a_growing_formula_is_text_until_it_is_complete(text: Text) -> None:
    text.show(r"\(x\)")
    expect(text.root.locator("math")).to_have_count(1)  # it is loaded
    source = "Then\n\\[\n- a_1 * b * c\n\\]\nand \\(d_1 * e * f\\) so"
    shown = text.stream(source, ends=False)
    assert text.root.locator("math").count() == 2
    for html in shown:
        plain = re.sub(r"<math.*?</math>", "", html)
        assert "<em>" not in plain
        assert "<li>" not in plain
    # Once shown, a formula is neither made again nor taken away.
    counts = [html.count("<math") for html in shown]
    assert counts == sorted(counts)
    grown = text.html
    text.show(source)
    assert text.html == grown


def test_a_formula_stays_the_same_element_while_the_text_grows(text: Text) -> None:
    text.show(r"\(x\)")
    expect(text.root.locator("math")).to_have_count(1)
    mark = "(root) => root.querySelectorAll('math').forEach((each) => (window.seen ??= new Set()).add(each))"
    text.page.evaluate("delete window.seen")
    text.stream(r"A formula \(a^2\) and more text after it.", after=mark)
    assert text.page.evaluate("seen.size") == 1


def test_streamed_formulas_equal_reloaded_ones(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    chat.ask("So \\(x^2\\) and\n\n\\[\n\\frac{a}{b} \\\\\n- c\n\\]\n\nfor $5 to $10.")
    text = chat.last.locator(".text")
    expect(text.locator("math")).to_have_count(2)
    chat.wait_until_answered(1)
    expect(text).to_contain_text("for $5 to $10.")
    grown = text.inner_html()
    chat.reload()
    expect(text.locator("math")).to_have_count(2)
    assert text.inner_html() == grown


def test_an_unfinished_formula_of_a_complete_answer_shows_its_source(text: Text) -> None:
    shown = text.show("Cut off:\n\n\\[\n\\frac{a}{b} \\\\\n- c")
    expect(shown.locator("p").last).to_have_text("\\[\n\\frac{a}{b} \\\\\n- c", use_inner_text=True)


def test_copied_text_has_the_sources_of_its_formulas(text: Text, page: Page) -> None:
    shown = text.show("First \\(x^2\\) then\n\n\\[\\frac{a}{b}\\]")
    expect(shown.locator("math")).to_have_count(2)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('chat-answer .text'))")
    page.keyboard.press("Control+C")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.split("\n") == ["First \\(x^2\\) then", "", "\\[\\frac{a}{b}\\]"]


def test_what_renders_formulas_is_loaded_with_the_first_one(server: Server, visit: Open) -> None:
    plain, math = conversation("a", "no formula for $5"), conversation("b", r"\(x\)")
    chat = visit(server, f"/c/{plain['id']}", conversations=[plain, math])
    expect(chat.last).to_contain_text("no formula")
    loaded = "() => performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => NAMES.test(name))"
    loaded = loaded.replace("NAMES", "/temml|noto-sans-math/")
    assert chat.page.evaluate(loaded) == []
    chat.page.goto(f"{server.url}/c/{math['id']}")
    expect(chat.last.locator("math")).to_be_visible()
    chat.page.wait_for_function(f"() => ({loaded})().length === 2")
