"""Downloads a model file from the Hugging Face Hub, resumes, and verifies it. No Django in here.

In the models folder:

    NAME.gguf                  complete; its SHA-256 and its header are verified
    .NAME.gguf.HASH.partial    the part received so far of the file whose SHA-256 begins with HASH
    .fetch.lock                held by the downloading process
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import ModelFile, read_model_file

from .hub import HubFile, explained_errors, find_file, receive
from .model_source import DownloadProgress, HubUnreachable, ModelDownloadError, ModelSource, Report, WrongModel
from .sizes import megabytes

RESERVED_SPACE: Final = 64_000_000  # bytes that a download leaves free


@dataclass(frozen=True, slots=True)
class FetchedModel:
    """A downloaded model. `received`: bytes received by this call. `sha256`: empty if the hub was unreachable."""

    model: ModelFile
    received: int
    sha256: str


def fetch_model(source: ModelSource, folder: Path, report: Report) -> FetchedModel:
    """Ensure that the file is in `folder`. Download it unless it is there, and resume an interrupted download.

    `report` is called in this thread with every part that arrives. An exception in it ends the download, which can be
    resumed. Raise ModelDownloadError.
    """
    path = source.destination(folder)
    try:
        announced = find_file(source, folder)
    except HubUnreachable:
        if not path.exists():
            raise
        return FetchedModel(_read_header(path, path.name), 0, "")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder):
            if path.exists():
                return _verify_existing(path, source, announced)
            return _download(path, source, announced, report)
    except OSError as error:
        raise ModelDownloadError(
            f"{folder} cannot be written to: {error}. Expected a writable folder with enough space for the model; "
            "check MODELS_DIR, its owner and its disk. Received data is kept."
        ) from error


def partial_size(path: Path) -> int:
    """Return how many bytes of a file are there from an interrupted download; 0 if there are none."""
    return sum(partial.stat().st_size for partial in _partials(path))


def discard_partial(path: Path) -> None:
    """Delete what an interrupted download of a file has left. Raise ModelDownloadError while one runs."""
    with _lock(path.parent):
        for partial in _partials(path):
            partial.unlink()


def require_space(folder: Path, needed: int) -> None:
    """Raise ModelDownloadError if `needed` bytes do not fit into the folder, RESERVED_SPACE left free."""
    free = shutil.disk_usage(folder).free
    if needed + RESERVED_SPACE > free:
        raise ModelDownloadError(
            f"There is not enough disk space in {folder}: {megabytes(free)} MB are free. Expected "
            f"{megabytes(needed + RESERVED_SPACE)} MB. Free some, or set MODELS_DIR to a folder on another disk."
        )


def _verify_existing(path: Path, source: ModelSource, announced: HubFile) -> FetchedModel:
    sha256 = _sha256(path)
    if sha256 != announced.sha256:
        raise ModelDownloadError(
            f"{path} exists, but is not {source.file} of {source.repo}: its SHA-256 is {sha256}, expected "
            f"{announced.sha256}. It may be an older version, or another model of that name. Move it away or rename "
            "it, then run this again."
        )
    return FetchedModel(_read_header(path, path.name), 0, sha256)


def _download(path: Path, source: ModelSource, announced: HubFile, report: Report) -> FetchedModel:
    partial = path.with_name(f".{path.name}.{announced.sha256[:16]}.partial")
    for other in _partials(path):
        if other != partial:
            other.unlink()  # of a version that the hub no longer has
    had = partial.stat().st_size if partial.exists() else 0
    require_space(path.parent, announced.size - had)
    with partial.open("ab") as file:
        report(DownloadProgress(path.name, had, announced.size))
        with explained_errors(source, path.parent):
            receive(announced, file, lambda size: report(DownloadProgress(path.name, size, announced.size)))
        os.fsync(file.fileno())
        size = file.tell()
    sha256 = _sha256(partial)
    try:
        if sha256 != announced.sha256:
            raise WrongModel(
                f"The download of {source.file} is damaged, and was deleted. Expected {announced.size} bytes with the "
                f"SHA-256 {announced.sha256}, found {size} with {sha256}. Run this again; if it happens again, "
                f"something between this machine and {source.endpoint} changes files."
            )
        _read_header(partial, source.file)
    except WrongModel:
        partial.unlink()
        raise
    partial.replace(path)
    return FetchedModel(read_model_file(path), announced.size - had, sha256)


def _partials(path: Path) -> list[Path]:
    return list(path.parent.glob(f".{glob.escape(path.name)}.*.partial"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_header(path: Path, name: str) -> ModelFile:
    try:
        return read_model_file(path)
    except ModelFileError as error:
        problem = str(error).removeprefix(path.name)
        raise WrongModel(f"{name} cannot be used: {name}{problem}") from error


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Refuse a second download into this folder. The lock ends with its process."""
    with (folder / ".fetch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelDownloadError(
                f"Another process is downloading a model into {folder} (the server may, with FETCH_MODEL). Wait until "
                "it has ended: only one download at a time is possible."
            ) from None
        yield
