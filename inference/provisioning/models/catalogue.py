"""The catalogue of published ternary models, `catalogue.toml`. No Django in here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

FILE: Final = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A published model. What is not known is empty; `catalogue.toml` describes the fields."""

    name: str
    title: str
    repository: str
    kind: str
    licence: str
    works: str
    file: str = ""
    weights: str = ""
    size: int | None = None
    context_length: int | None = None
    licence_url: str = ""
    published: str = "gguf"
    note: str = ""


@cache
def catalogue() -> Mapping[str, CatalogueEntry]:
    """Return the catalogue's entries by name, in its order."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: CatalogueEntry(name, **table) for name, table in tables.items()})
