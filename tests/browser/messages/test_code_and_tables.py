"""Code blocks keep their header in sight, wrap and fold; wide tables scroll and can be copied as CSV."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import Text

LONG = "```python\n" + "\n".join(f"x{number} = {number}" for number in range(60)) + "\n```\n"
TABLE = '| name | "said" |\n| --- | --- |\n| one, two | a<br>b |\n| three | `c` |\n'
TOP = "(element) => element.getBoundingClientRect().top"


def test_long_code_is_folded_and_its_header_stays_in_sight(text: Text) -> None:
    block = text.show(LONG).locator("figure.code")
    short = block.bounding_box()
    block.get_by_role("button", name="Show all 60 lines").click()
    whole = block.bounding_box()
    assert short
    assert whole
    assert short["height"] < 600 < whole["height"]
    text.page.locator("#scroller").evaluate("(scroller) => scroller.scrollTo(0, 500)")
    edge = text.page.locator("#scroller").evaluate(TOP)
    assert block.evaluate(TOP) < edge - 40
    assert abs(block.locator("figcaption").evaluate(TOP) - edge) <= 2
    block.get_by_role("button", name="Show less").click()
    expect(block.get_by_role("button", name="Show all 60 lines")).to_be_visible()


def test_code_that_grew_on_the_screen_is_not_folded_under_the_reader(text: Text) -> None:
    text.stream(LONG, step=97)
    block = text.root.locator("figure.code")
    expect(block.get_by_role("button", name="Show less")).to_be_visible()
    assert "folded" not in (block.get_attribute("class") or "")


def test_long_lines_wrap_on_demand(text: Text) -> None:
    block = text.show(f"```\n{'word ' * 100}\n```\n").locator("figure.code")
    wide = "(frame) => frame.scrollWidth > frame.clientWidth"
    assert block.locator("pre").evaluate(wide)
    block.get_by_role("button", name="Wrap lines").click()
    expect(block.get_by_role("button", name="Wrap lines")).to_have_attribute("aria-pressed", "true")
    assert not block.locator("pre").evaluate(wide)


def test_a_table_is_copied_as_csv(text: Text) -> None:
    shown = text.show(TABLE)
    shown.locator("td").first.hover()
    shown.get_by_role("button", name="Copy as CSV").click()
    expect(shown.get_by_title("Copied")).to_be_visible()
    copied = text.page.evaluate("navigator.clipboard.readText()")
    assert copied == 'name,"""said"""\r\n"one, two","a\nb"\r\nthree,c\r\n'
