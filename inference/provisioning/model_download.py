"""Fetches a model file from the Hugging Face Hub, resumes, and checks it before it takes its name. No Django in here.

huggingface_hub finds the file and talks to the hub, but the transfer is done here: since its release 1.18 the library
writes each attempt to a name of its own and deletes it on failure, so that nothing can be resumed. Plain HTTP with
`Range` serves every file, those in Xet storage too. In the models folder:

    NAME.gguf                  whole, its SHA-256 and its header checked
    .NAME.gguf.HASH.partial    what has arrived of the file whose SHA-256 begins so
    .fetch.lock                held by the process that fetches
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when huggingface_hub is imported

import httpx2
from huggingface_hub import constants, get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status  # type: ignore[attr-defined]

from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import ModelFile, read_model_file

SPACE_LEFT = 64_000_000  # bytes that a download leaves free
FRUITLESS_TRIES = 4  # in a row that brought no byte
BUSY = {408, 425, 429, 500, 502, 503, 504}  # answers after which the same request may succeed

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ModelDownloadError(Exception):
    """The model cannot be had. The message says what was wrong, what was expected and what to do."""


class HubUnreachable(ModelDownloadError):
    """No answer from the hub, or not now."""


class WrongModel(ModelDownloadError):
    """The file is not what was announced, or no model. Trying again soon would bring the same."""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """`bytes` of `total_bytes` are there. The total is None until the hub has told it."""

    file: str
    bytes: int
    total_bytes: int | None


Report = Callable[[DownloadProgress], None]


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A GGUF file of a repository. `file` may stand in a folder there; `endpoint`: the hub's URL."""

    repo: str
    file: str
    endpoint: str

    @property
    def page(self) -> str:
        return f"{self.endpoint}/{self.repo}"

    def destination(self, folder: Path) -> Path:
        """Where the file goes: directly into `folder`. Raises ModelDownloadError for a name that leads elsewhere."""
        path = PurePosixPath(self.file)
        unsafe = any(part.startswith(".") for part in path.parts) or any(ord(each) < 32 for each in self.file)
        if path.is_absolute() or unsafe or "\\" in self.file or path.suffix != ".gguf":
            raise ModelDownloadError(
                f"{self.file!r} is no file that can be fetched. Expected the name of a GGUF file as the repository "
                "shows it, such as ggml-model-i2_s.gguf; check MODEL_FILE."
            )
        return folder / path.name


@dataclass(frozen=True, slots=True)
class FetchedModel:
    """A model that is there. `received`: bytes that came now. `sha256`: empty if the hub could not be asked for it."""

    model: ModelFile
    received: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Announced:
    """What the hub says of the file. The URL names the commit, so that every part comes from the same version."""

    url: str
    size: int
    sha256: str


def fetch_model(source: ModelSource, folder: Path, report: Report) -> FetchedModel:
    """Make the file stand in `folder`: at once if it does already, else downloaded, from where the last try ended.

    `report` is called with every part that arrives, in this thread; what it raises ends the download, which can be
    resumed. Raises ModelDownloadError.
    """
    path = source.destination(folder)
    try:
        announced = _announced(source, folder)
    except HubUnreachable:
        if not path.exists():
            raise
        return FetchedModel(_header(path, path.name), 0, "")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_fetch_in(folder):
            if path.exists():
                return _already_there(path, source, announced)
            return _download(path, source, announced, report)
    except OSError as error:
        raise ModelDownloadError(
            f"{folder} cannot be written to: {error}. Expected a folder that this user may write to, with room for the "
            "model; check MODELS_DIR, its owner and its disk. What has arrived is kept."
        ) from error


def require_space(folder: Path, needed: int) -> None:
    """Raises ModelDownloadError if `needed` bytes do not fit beside what is to stay free."""
    free = shutil.disk_usage(folder).free
    if needed + SPACE_LEFT > free:
        raise ModelDownloadError(
            f"There is not enough disk space in {folder}: {megabytes(free)} MB are free. Expected "
            f"{megabytes(needed + SPACE_LEFT)} MB. Free some, or set MODELS_DIR to a folder on another disk."
        )


def megabytes(size: int) -> str:
    """A size in MB of 1,000,000 bytes, rounded up."""
    return f"{-(-size // 1_000_000):,}"


def _announced(source: ModelSource, folder: Path) -> _Announced:
    with _hub_errors(source, folder):
        url = hf_hub_url(source.repo, source.file, endpoint=source.endpoint)
        told = get_hf_file_metadata(url, endpoint=source.endpoint)
        if told.commit_hash is None or told.etag is None or told.size is None:
            raise HubUnreachable(
                f"{source.endpoint} does not answer as a hub does: there is no commit, hash or size for {source.file}. "
                "Expected a Hugging Face Hub or a mirror of one; check HF_ENDPOINT, and whether a proxy or a login "
                "page of the network answers in its place."
            )
        if not _SHA256.fullmatch(told.etag):
            raise ModelDownloadError(
                f"{source.endpoint} announces no SHA-256 for {source.file}, so that it could not be checked. Expected "
                "a file in large file storage, as models are; choose another with MODEL_REPO and MODEL_FILE."
            )
        url = hf_hub_url(source.repo, source.file, revision=told.commit_hash, endpoint=source.endpoint)
        return _Announced(url, told.size, told.etag)


def _already_there(path: Path, source: ModelSource, announced: _Announced) -> FetchedModel:
    sha256 = _sha256(path)
    if sha256 != announced.sha256:
        raise ModelDownloadError(
            f"{path} is there, but is not {source.file} of {source.repo}: its SHA-256 is {sha256}, expected "
            f"{announced.sha256}. It may be an older version, or another model of that name. Move it away or rename "
            "it, then run this again."
        )
    return FetchedModel(_header(path, path.name), 0, sha256)


def _download(path: Path, source: ModelSource, announced: _Announced, report: Report) -> FetchedModel:
    partial = path.with_name(f".{path.name}.{announced.sha256[:16]}.partial")
    for other in path.parent.glob(f".{path.name}.*.partial"):
        if other != partial:
            other.unlink()  # of a version that the hub does not have any more
    had = partial.stat().st_size if partial.exists() else 0
    require_space(path.parent, announced.size - had)
    with partial.open("ab") as file:
        report(DownloadProgress(path.name, had, announced.size))
        with _hub_errors(source, path.parent):
            _receive(announced, file, lambda size: report(DownloadProgress(path.name, size, announced.size)))
        os.fsync(file.fileno())
        size = file.tell()
    sha256 = _sha256(partial)
    try:
        if sha256 != announced.sha256:
            raise WrongModel(
                f"What arrived of {source.file} is damaged, and was deleted. Expected {announced.size} bytes with the "
                f"SHA-256 {announced.sha256}, found {size} with {sha256}. Run this again; if it happens again, "
                f"something between here and {source.endpoint} changes files."
            )
        _header(partial, source.file)
    except WrongModel:
        partial.unlink()
        raise
    partial.replace(path)
    return FetchedModel(read_model_file(path), announced.size - had, sha256)


def _receive(announced: _Announced, file: BinaryIO, report: Callable[[int], None]) -> None:
    """Append what is missing. A cut connection is resumed at once; tries that bring nothing wait longer each time."""
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    fruitless = 0
    while (have := file.tell()) < announced.size:
        problem: httpx2.HTTPError = httpx2.ReadError("the connection ended early")
        try:
            _receive_part(announced, headers | {"Range": f"bytes={have}-"}, file, report)
        except HfHubHTTPError as error:
            if error.response.status_code not in BUSY:
                raise
            problem = error
        except httpx2.TransportError as error:
            problem = error
        fruitless = 0 if file.tell() > have else fruitless + 1
        if fruitless == FRUITLESS_TRIES:
            raise problem
        if fruitless:
            time.sleep(2.0 ** (fruitless - 1))


def _receive_part(
    announced: _Announced, headers: dict[str, str], file: BinaryIO, report: Callable[[int], None]
) -> None:
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream("GET", announced.url, headers=headers, timeout=timeout) as response:
        if response.status_code in (200, 416):  # the whole file, or no such range: what is there does not count
            file.seek(0)
            file.truncate()
        hf_raise_for_status(response)
        for part in response.iter_raw():
            file.write(part[: announced.size + 1 - file.tell()])  # one too many tells it from the announced file
            file.flush()  # what has arrived outlives a SIGKILL
            report(file.tell())
            if file.tell() > announced.size:
                return


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _header(path: Path, name: str) -> ModelFile:
    try:
        return read_model_file(path)
    except ModelFileError as error:
        problem = str(error).removeprefix(path.name)
        raise WrongModel(f"{name} cannot be served: {name}{problem}") from error


@contextmanager
def _only_fetch_in(folder: Path) -> Iterator[None]:
    """Refuses a second download into this folder. The lock ends with the process that holds it."""
    with (folder / ".fetch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelDownloadError(
                f"Another process is fetching a model into {folder} (the server may, with FETCH_MODEL). Expected one "
                "download at a time; wait until it has ended."
            ) from None
        yield


@contextmanager
def _hub_errors(source: ModelSource, folder: Path) -> Iterator[None]:
    """Gives the hub's errors words that help."""
    token = "set HF_TOKEN to an access token of your account there"  # noqa: S105 – no token, but words about one
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise HubUnreachable(
            f"HF_HUB_OFFLINE forbids to ask {source.endpoint}. Unset it, or {_by_hand(source, folder)}"
        ) from error
    except RemoteEntryNotFoundError as error:
        raise ModelDownloadError(
            f"The repository {source.repo} has no file {source.file}. Expected one of those that "
            f"{source.page}/tree/main shows; check MODEL_FILE."
        ) from error
    except GatedRepoError as error:
        raise ModelDownloadError(
            f"{source.repo} is given only to those who agreed to its terms. Agree on {source.page}, then {token}."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelDownloadError(
            f"{source.endpoint} has no repository {source.repo}, or none for everybody. Expected OWNER/NAME, such as "
            f"microsoft/bitnet-b1.58-2B-4T-gguf; check MODEL_REPO. If the repository is private, {token}."
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        kind = HubUnreachable if status in BUSY else ModelDownloadError
        raise kind(
            f"{source.endpoint} answered {status} when asked for {source.file} of {source.repo}. Expected the file; "
            "try again later. What has arrived is kept, and the download goes on from there."
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise HubUnreachable(
            f"{source.endpoint} cannot be reached: {str(error) or type(error).__name__}. Check the network, the proxy "
            "(HTTPS_PROXY) and HF_ENDPOINT, then run this again: what has arrived is kept, and the download goes on "
            f"from there. Without a network, {_by_hand(source, folder)}"
        ) from error


def _by_hand(source: ModelSource, folder: Path) -> str:
    name = PurePosixPath(source.file).name
    return (
        f"download {source.file} on another machine, from {source.page}/resolve/main/{source.file}, put it into "
        f"{folder} and set MODEL_PATH to {folder / name}."
    )
