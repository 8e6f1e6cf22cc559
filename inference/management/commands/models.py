"""`manage.py models`: the models that are there, and those that can be fetched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from bitnetsite.env import BASE_DIR, env
from inference.provisioning.engine.programs import engine_for
from inference.provisioning.models.catalogue import CatalogueEntry, catalogue
from inference.provisioning.models.inventory import OwnedModel, inventory
from inference.provisioning.models.model_files import ModelFolder
from inference.provisioning.models.sizes import in_words
from inference.serving import configuration

Row = Sequence[str]  # of a table; its first cell is a mark


class Command(BaseCommand):
    """Two tables for people, or one JSON object for programs."""

    help = "List the models that are there, and those of the catalogue, which fetch_model downloads."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print a JSON object with all that is known instead.")

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(configuration.load(log_failure=False))
        folder: Path = env("MODELS_DIR")
        owned = inventory(ModelFolder(folder), configuration.current().model)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(owned), indent=2, ensure_ascii=False))
            return
        self.stdout.write(f"Models in {_shown(folder)} (*: answers requests that name no model):\n\n")
        self._print(("", "ID", "NAME", "SIZE", "RUN BY"), [_owned_row(each) for each in owned])
        for each in owned:
            if each.problem:
                self.stdout.write(f"\n{each.model.id} cannot be served: {each.problem}")
        there = {each.model.id for each in owned}
        self.stdout.write(
            "\nThe catalogue, for manage.py fetch_model NAME (*: is there; -: must be converted first):\n\n"
        )
        rows = [_catalogue_row(entry, entry.name in there) for entry in catalogue().values()]
        self._print(("", "NAME", "TITLE", "FOR", "SIZE", "RUN BY", "LICENCE"), rows)
        self.stdout.write("\nfetch_model also takes hf:OWNER/NAME/FILE of any GGUF file. docs/models.md says more.")

    def _print(self, head: Row, rows: Sequence[Row]) -> None:
        for line in _aligned([head, *rows]):
            self.stdout.write(line)


def _as_json(owned: Sequence[OwnedModel]) -> dict[str, Any]:
    models = [
        {
            **{name: value for name, value in asdict(each.model).items() if name != "error"},
            "default": each.default,
            "program": str(each.program),
            "problem": each.problem,
        }
        for each in owned
    ]
    entries = [{**asdict(entry), "engine": _engine(entry)} for entry in catalogue().values()]
    return {"models": models, "catalogue": entries}


def _owned_row(owned: OwnedModel) -> Row:
    model = owned.model
    program = "-" if owned.problem else _shown(owned.program)
    return ("*" if owned.default else "", model.id, model.name, in_words(model.size), program)


def _catalogue_row(entry: CatalogueEntry, there: bool) -> Row:
    mark = "*" if there else "" if entry.fetchable else "-"
    use = {"chat": "conversations", "base": "completions"}[entry.kind]
    size = in_words(entry.size) if entry.size else ""
    return (mark, entry.name, entry.title, use, size, _engine(entry), entry.licence)


def _engine(entry: CatalogueEntry) -> str:
    return engine_for(entry.weights) if entry.weights else ""


def _shown(path: Path) -> str:
    return str(path.relative_to(BASE_DIR)) if path.is_relative_to(BASE_DIR) else str(path)


def _aligned(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
