"""The documentation matches the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bitnetsite.env import VARIABLES
from inference.api.native.serializers import GenerateSerializer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def table(heading: str) -> list[list[str]]:
    """Return the rows of the last table under a heading, without the header."""
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.split("\n") if line.startswith("|")]
    heads = [at for at, line in enumerate(lines) if set(line) <= set("|- ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[heads[-1] + 1 :]]


def test_the_readme_lists_every_environment_variable() -> None:
    shown = [(name.strip("`"), default.strip("`"), text) for name, default, text in table("Configuration")]
    assert shown == [(variable.name, variable.default, variable.help) for variable in VARIABLES.values()]


def test_the_readme_lists_every_field_of_generate() -> None:
    assert [row[0].strip("`") for row in table("The API")] == list(GenerateSerializer().fields)


@pytest.mark.parametrize(
    "document", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_links_between_documents_are_valid(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)[^)]*\)", document.read_text()):
        assert (document.parent / target).exists(), target
