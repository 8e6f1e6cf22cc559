"""What is there: the models of the folder and the default one, with the programs that run them. No Django in here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference.provisioning.engine.programs import program_for, program_problem

from .model_files import ListedModel, ModelFolder


@dataclass(frozen=True, slots=True)
class OwnedModel:
    """`default`: it answers requests that name no model. `problem`: why it cannot be served; empty if it can."""

    model: ListedModel
    default: bool
    program: Path
    problem: str


def inventory(models: ModelFolder, default: Path) -> tuple[OwnedModel, ...]:
    """Return the default model, which may lie elsewhere, and then the others of the folder. Blocking."""
    listed = models.read()
    if not any(_is(models.folder / model.file, default) for model in listed):
        listed = (models.describe(default), *listed)
    owned = [
        OwnedModel(
            model,
            _is(models.folder / model.file, default),
            program_for(model.quantization),
            model.error or program_problem(model.quantization),
        )
        for model in listed
    ]
    return tuple(sorted(owned, key=lambda each: not each.default))


def _is(path: Path, other: Path) -> bool:
    return path == other or path.resolve() == other.resolve()
