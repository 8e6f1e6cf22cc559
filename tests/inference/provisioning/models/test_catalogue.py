"""The catalogue: every entry is complete and consistent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inference.engine.gguf.shards import is_shard
from inference.provisioning.engine.programs import engine_for
from inference.provisioning.models.catalogue import CatalogueEntry, catalogue, entry_of
from inference.provisioning.models.model_source import ModelSource

ENTRIES = list(catalogue().values())
FETCHABLE = [entry for entry in ENTRIES if entry.fetchable]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_is_typable_and_says_what_it_is(entry: CatalogueEntry) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]+", entry.name)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.repository)
    assert entry.kind in ("chat", "base")
    assert entry.format in ("gguf", "safetensors")
    assert entry.terms.startswith("https://")
    assert all((entry.title, entry.licence, entry.works))


@pytest.mark.parametrize("entry", FETCHABLE, ids=lambda entry: entry.name)
def test_a_fetchable_entry_names_one_file_and_its_engine(entry: CatalogueEntry) -> None:
    assert entry.file.endswith(".gguf")
    assert not is_shard(Path(entry.file))
    assert engine_for(entry.weights) == ("bitnet.cpp" if entry.weights == "I2_S" else "llama.cpp")
    assert entry.size
    assert entry_of(entry.repository.upper(), entry.file) is entry
    assert ModelSource(entry.repository, entry.file, "https://hub.test").saved_as == f"{entry.name}.gguf"


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if not entry.fetchable], ids=lambda entry: entry.name)
def test_an_entry_without_a_file_pretends_nothing(entry: CatalogueEntry) -> None:
    assert (entry.file, entry.size, entry.weights) == ("", None, "")


def test_no_file_has_two_names() -> None:
    assert len({(entry.repository, entry.file) for entry in ENTRIES}) == len(ENTRIES)
