"""The documentation matches the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bitnetsite.env import VARIABLES
from inference.api.native.serializers import GenerateSerializer

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]

MAX_README_LINES = 150


def table(document: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, without the header."""
    section = (ROOT / document).read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.split("\n") if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert rows, "the table was not found"
    return rows


def test_the_documentation_lists_every_environment_variable() -> None:
    rows = table("docs/configuration.md", "Environment variables")
    shown = [(name.strip("`"), default.strip("`"), text) for name, default, text in rows]
    assert shown == [(variable.name, variable.default, variable.help) for variable in VARIABLES.values()]


def test_the_variables_in_the_readme_have_their_defaults() -> None:
    shown = [(name.strip("`"), default.strip("`")) for name, default, _ in table("README.md", "Configure it")]
    assert shown == [(name, VARIABLES[name].default) for name, _ in shown]


def test_the_documentation_lists_every_field_of_generate() -> None:
    assert [row[0].strip("`") for row in table("docs/api.md", "POST /generate")] == list(GenerateSerializer().fields)


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= MAX_README_LINES


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_are_valid(document: Path) -> None:
    text = document.read_text()
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r"(?:src|srcset)=\"([^\":]+)\"", text)
    for target in targets:
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_sections_are_valid(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text()):
        text = (document.parent / target if target else document).read_text()
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in anchors, f"{target}#{anchor}"
