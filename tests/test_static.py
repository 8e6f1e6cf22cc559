"""The static files: what is vendored is what it says, and colours can be read."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from bitnetsite.vendoring import RECORD, differing, folder

STATIC = Path(__file__).parent.parent / "static"
PACKAGES = json.loads(RECORD.read_text())


def test_vendored_files_are_those_that_were_fetched() -> None:
    assert list(differing(PACKAGES)) == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_vendored_packages_are_pinned_and_carry_their_licence(package: dict[str, str]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert package["integrity"].startswith("sha512-")
    assert package["license"]
    assert (folder(package) / "LICENSE").exists()  # type: ignore[arg-type]


def luminance(colour: str) -> float:
    """As WCAG 2 defines it, of `#rrggbb`."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


COLOURS = {
    name: dict(zip(("light", "dark"), values, strict=True))
    for name, *values in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (STATIC / "tokens.css").read_text()
    )
}
SURFACES = ("paper", "surface", "raised", "code")
READ = [
    *itertools.product(("ink", "ink-2", "ink-3", "accent", "good", "bad"), SURFACES),
    ("accent-ink", "accent"),
    ("ink", "accent-soft"),
    ("ink", "bad-soft"),
    ("bad", "bad-soft"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "surface"), READ)
def test_text_can_be_read_on_every_surface(theme: str, ink: str, surface: str) -> None:
    assert contrast(COLOURS[ink][theme], COLOURS[surface][theme]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_edge_of_a_field_can_be_seen(theme: str, surface: str) -> None:
    assert contrast(COLOURS["edge"][theme], COLOURS[surface][theme]) >= 3
