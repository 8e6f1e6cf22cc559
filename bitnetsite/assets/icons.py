"""The icons of the pages: Lucide's, in `static/vendor/`, as one hidden drawing that each page includes.

To add one, add its file to `static/vendor/vendor.json` with the hash `null`, and run `make vendor`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.safestring import SafeString, mark_safe

PACKAGE: Final = "lucide-static"
SHAPES: Final = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def sprite() -> SafeString:
    """Return all icons as symbols, which `<use href="#icon-NAME">` shows."""
    return _sprite() if settings.FROM_SOURCES else _collected_sprite()


@cache
def _collected_sprite() -> SafeString:
    return _sprite()


def _sprite() -> SafeString:
    package = next(each for each in json.loads(_read("vendor/vendor.json")) if each["name"] == PACKAGE)
    folder = f"vendor/{package['folder']}-{package['version']}"
    names = sorted(Path(file).stem for file in package["files"] if file.endswith(".svg"))
    symbols = "".join(_symbol(name, _read(f"{folder}/{name}.svg")) for name in names)
    return mark_safe(f'<svg hidden aria-hidden="true">{symbols}</svg>')  # noqa: S308 – our own files


def _symbol(name: str, drawing: str) -> str:
    found = SHAPES.search(drawing)
    if found is None:
        raise ValueError(f"{name}.svg is not an SVG drawing.")
    shapes = re.sub(r"\s+", " ", found[1]).replace("> <", "><").replace(" />", "/>").strip()
    return f'<symbol id="icon-{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def _read(name: str) -> str:
    if settings.FROM_SOURCES:
        return Path(finders.find(name) or name).read_text()
    stored = staticfiles_storage.stored_name(name)  # type: ignore[attr-defined]  # our storage has it
    return Path(settings.STATIC_ROOT, stored).read_text()
