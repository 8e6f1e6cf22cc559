"""The catalogue of published ternary models, `catalogue.toml`, which describes its fields. No Django in here."""

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
    """A published model. What is not known is empty."""

    name: str
    title: str
    repository: str
    kind: str
    licence: str
    terms: str
    works: str
    format: str = "gguf"
    file: str = ""
    weights: str = ""
    size: int | None = None
    context_length: int | None = None
    embeddings: str = ""
    note: str = ""

    @property
    def fetchable(self) -> bool:
        """Whether there is a GGUF file to download."""
        return self.format == "gguf"


@cache
def catalogue() -> Mapping[str, CatalogueEntry]:
    """Return the entries by name, in the order of the file."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: CatalogueEntry(name, **table) for name, table in tables.items()})


def entry_of(repository: str, file: str) -> CatalogueEntry | None:
    """Return the entry of a file on the hub, whose names of repositories ignore the case; None if there is none."""
    for entry in catalogue().values():
        same = entry.repository.casefold() == repository.casefold() and entry.file in ("", file)
        if same and entry.fetchable:
            return entry
    return None
