"""What the pages of the models show of each model, each entry of the catalogue, and the download."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from bitnetsite.env import BASE_DIR
from inference.engine import ModelInfo
from inference.engine.status import ModelState
from inference.provisioning.engine.engine_build import QUANTIZE
from inference.provisioning.engine.programs import engine_for, program_for
from inference.provisioning.models.catalogue import CatalogueEntry
from inference.provisioning.models.current_download import Download, DownloadState
from inference.provisioning.models.embedding_quantization import TYPE, require_llama_quantize
from inference.provisioning.models.inventory import OwnedModel
from inference.provisioning.models.model_download import partial_size
from inference.provisioning.models.model_files import ListedModel
from inference.provisioning.models.model_names import EMBEDDINGS_SUFFIX
from inference.provisioning.models.model_source import ModelDownloadError, ModelSource
from inference.provisioning.models.sizes import in_words

USES: Final = {"chat": "Conversations", "base": "Completions"}
STATES: Final = {
    ModelState.LOADED: "Loaded",
    ModelState.LOADING: "Loading",
    ModelState.AVAILABLE: "Available",
    ModelState.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model that is there. `state`: for people. `problem`: why it cannot be served. `kept`: why it cannot be deleted.

    The last two are empty if it can. `offered`: whether requests may name it; None where that is not to be chosen.
    """

    model: ListedModel
    default: bool
    size: str
    program: str
    state: str
    problem: str
    kept: str
    offered: bool | None

    @classmethod
    def of(cls, owned: OwnedModel, served: ModelInfo | None, needed: bool, offered: bool) -> Self:
        """Return the row of a model.

        `served`: what the engine says of it. `needed`: a setting names it. `offered`: requests may name it.
        """
        problem = owned.problem or (served.failure if served else "")
        state = "Failed" if problem else STATES[served.state] if served else "Not served" if offered else "Withdrawn"
        kept = ""
        if needed:
            kept = f"{owned.model.name} is the default model. Choose another one in the settings before you delete it."
        elif served and served.state in (ModelState.LOADED, ModelState.LOADING):
            kept = f"{owned.model.name} is loaded. Delete it when it no longer answers requests."
        return cls(
            model=owned.model,
            default=owned.default,
            size=in_words(owned.model.size) if owned.model.size else "–",
            program=shown(owned.program),
            state=state,
            problem=problem,
            kept=kept,
            offered=None if owned.default or owned.problem else offered,
        )


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """An entry of the catalogue. `received`: of an interrupted download; empty if there is none.

    `smaller`: whether a copy with smaller embeddings can be made. `smaller_problem`: why not, where it would help.
    """

    entry: CatalogueEntry
    use: str
    size: str
    engine: str
    there: bool
    received: str
    smaller: bool
    smaller_problem: str

    @classmethod
    def of(cls, entry: CatalogueEntry, installed: Collection[str], folder: Path) -> Self:
        """Return the row of an entry. `installed`: the ids of the models that are there."""
        there = entry.name in installed
        smaller, problem = bool(entry.embeddings) and entry.name + EMBEDDINGS_SUFFIX not in installed, ""
        if smaller:
            try:
                require_llama_quantize(program_for(entry.weights, QUANTIZE))
            except ModelDownloadError as error:
                smaller, problem = False, str(error)
        part = partial_size(folder / f"{entry.name}.gguf") if entry.fetchable and not there else 0
        return cls(
            entry=entry,
            use=USES[entry.kind],
            size=in_words(entry.size) if entry.size else "–",
            engine=engine_for(entry.weights) if entry.weights else "–",
            there=there,
            received=in_words(part) if part else "",
            smaller=smaller,
            smaller_problem=problem,
        )


@dataclass(frozen=True, slots=True)
class DownloadCard:
    """The download. `bytes`, `total`: for its bar. `facts`: how far it is, and how fast.

    `copying`: the file is there, and its copy with smaller embeddings is being made, or was. `copy`: that one's name.
    """

    title: str
    source: ModelSource
    state: DownloadState
    failure: str
    cancelling: bool
    bytes: int
    total: int
    facts: str
    quantizes: bool
    copying: bool
    copy: str

    @classmethod
    def of(cls, download: Download) -> Self:
        """Return what there is to show of a download."""
        progress = download.progress
        copying = download.quantized is not None
        done, total = (
            (round(1000 * (download.quantized or 0)), 1000) if copying else (progress.bytes, progress.total_bytes)
        )
        return cls(
            title=download.title,
            source=download.source,
            state=download.state,
            failure=download.failure,
            cancelling=download.cancelling,
            bytes=done,
            total=total or 0,
            facts=_facts(download),
            quantizes=download.quantizes,
            copying=copying,
            copy=download.copy.name,
        )


def _facts(download: Download) -> str:
    progress = download.progress
    if download.quantized is not None:
        return f"{download.quantized:.0%} · llama-quantize writes the embeddings in {TYPE}, and copies the rest"
    if progress.total_bytes is None:
        return "Asking the hub"
    if download.verifying:
        return f"All {in_words(progress.total_bytes)} are there; verifying the SHA-256"
    facts = [f"{progress.bytes / progress.total_bytes:.0%}"]
    facts.append(f"{in_words(progress.bytes)} of {in_words(progress.total_bytes)}")
    if download.speed:
        facts.append(f"{download.speed / 1e6:.1f} MB/s")
    if (left := download.seconds_left) is not None:
        facts.append(f"{_duration(left)} left")
    return " · ".join(facts)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes}:{rest:02}"


def shown(path: Path) -> str:
    """Return a path as it may be set in a variable: relative to the project's folder if it is inside."""
    return str(path.relative_to(BASE_DIR)) if path.is_relative_to(BASE_DIR) else str(path)
