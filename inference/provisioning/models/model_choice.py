"""Finds the model that a user asks for: by its name in the catalogue, or by its place on the hub. No Django in here."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from inference.engine.gguf.shards import is_later_shard

from .catalogue import CatalogueEntry, catalogue
from .hub import list_files
from .model_source import ModelDownloadError, ModelSource
from .sizes import in_words

MAX_LISTED: Final = 20  # files of a repository in an error
FORMS: Final = "a name of the catalogue, hf:OWNER/NAME/FILE, or OWNER/NAME of a repository with one GGUF file"


def choose_model(text: str, endpoint: str, folder: Path) -> ModelSource:
    """Return the file that a text asks for: a name of the catalogue, `hf:OWNER/NAME/FILE`, or `OWNER/NAME`.

    The address of a file's page on the hub works too. Without a file, the hub is asked for the repository's only one.
    Raise ModelDownloadError.
    """
    text = text.strip()
    if entry := catalogue().get(text.casefold()):
        return _complete(ModelSource(entry.repository, entry.file, endpoint), folder, entry)
    place = text.removeprefix(f"{endpoint}/").removeprefix("https://huggingface.co/").removeprefix("hf:")
    owner, _, rest = place.partition("/")
    name, _, file = rest.partition("?")[0].partition("/")
    if not (owner and name) or " " in place:
        raise ModelDownloadError(_unknown(text))
    for prefix in ("resolve/main/", "blob/main/", "tree/main"):
        file = file.removeprefix(prefix)
    return _complete(ModelSource(f"{owner}/{name}", file, endpoint), folder)


def _complete(source: ModelSource, folder: Path, entry: CatalogueEntry | None = None) -> ModelSource:
    """Return the source with a file. Raise ModelDownloadError if there is not exactly one to take."""
    if entry and not entry.fetchable:
        raise ModelDownloadError(
            f"{entry.title} is published only in the format {entry.format}, which llama-cli does not read. Convert "
            f"{source.page} to a GGUF file, for I2_S with the converters of bitnet.cpp, and put that into {folder}."
        )
    if source.file:
        return source
    files = list_files(source, folder)
    models = [file for file in files if file.endswith(".gguf") and not is_later_shard(Path(file))]
    if not models:
        raise ModelDownloadError(
            f"{source.repo} has no GGUF file. Expected a repository with one, whose name often ends in -GGUF; others "
            "must be converted first."
        )
    if len(models) > 1:
        shown = "".join(f"\n    hf:{source.repo}/{file}{_shown(files[file])}" for file in models[:MAX_LISTED])
        more = f"\n    and {len(models) - MAX_LISTED} more: {source.page}/tree/main" if models[MAX_LISTED:] else ""
        raise ModelDownloadError(f"{source.repo} has {len(models)} GGUF files. Choose one of them:{shown}{more}")
    return replace(source, file=models[0])


def _unknown(text: str) -> str:
    fetchable = [name for name, entry in catalogue().items() if entry.fetchable]
    near = get_close_matches(text.casefold(), fetchable, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]}?" if near else ""
    return (
        f"There is no model {text!r} in the catalogue.{guess} Expected {FORMS}. The catalogue has: "
        f"{', '.join(catalogue())}."
    )


def _shown(size: int | None) -> str:
    return "" if size is None else f"  ({in_words(size)})"
