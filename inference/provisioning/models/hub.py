"""Talks to the Hugging Face Hub: finds a file, transfers it, and explains errors. No Django in here.

huggingface_hub finds the file, but the transfer is done here: since release 1.18 the library writes each attempt to a
new name and deletes it on failure, so that nothing can be resumed. Plain HTTP with `Range` serves every file, including
those in Xet storage.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when huggingface_hub is imported

import httpx2
from huggingface_hub import HfApi, constants, get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status  # type: ignore[attr-defined]  # not in its __all__

from .model_source import HubUnreachable, ModelDownloadError, ModelSource

MAX_FRUITLESS_ATTEMPTS: Final = 4  # in a row without a single byte
LIST_TIMEOUT: Final = 30.0  # seconds
RETRYABLE: Final = {408, 425, 429, 500, 502, 503, 504}  # HTTP statuses after which the same request may succeed

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as the hub announces it. The URL contains the commit, so that all parts come from one version."""

    url: str
    size: int
    sha256: str


def find_file(source: ModelSource, folder: Path) -> HubFile:
    """Return what the hub announces for the file. Raise ModelDownloadError."""
    with explained_errors(source, folder):
        url = hf_hub_url(source.repo, source.file, endpoint=source.endpoint)
        metadata = get_hf_file_metadata(url, endpoint=source.endpoint)
        if metadata.commit_hash is None or metadata.etag is None or metadata.size is None:
            raise HubUnreachable(
                f"{source.endpoint} does not respond like a hub: there is no commit, hash or size for {source.file}. "
                "Expected a Hugging Face Hub or a mirror of it; check HF_ENDPOINT, and whether a proxy or a login page "
                "of the network responds instead."
            )
        if not _SHA256.fullmatch(metadata.etag):
            raise ModelDownloadError(
                f"{source.endpoint} announces no SHA-256 for {source.file}, so it cannot be verified. Expected a file "
                "in large file storage, as models are; choose another with MODEL_REPO and MODEL_FILE."
            )
        url = hf_hub_url(source.repo, source.file, revision=metadata.commit_hash, endpoint=source.endpoint)
        return HubFile(url, metadata.size, metadata.etag)


def list_files(source: ModelSource, folder: Path) -> dict[str, int | None]:
    """Return the files of the repository with their sizes in bytes, None where the hub does not say it.

    Raise ModelDownloadError.
    """
    with explained_errors(source, folder):
        info = HfApi(endpoint=source.endpoint).model_info(source.repo, files_metadata=True, timeout=LIST_TIMEOUT)
    return {each.rfilename: each.size for each in info.siblings or ()}


def receive(announced: HubFile, file: BinaryIO, report: Callable[[int], None]) -> None:
    """Append the missing bytes. Resume a broken connection at once; wait longer after each fruitless attempt."""
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    fruitless = 0
    while (have := file.tell()) < announced.size:
        problem: httpx2.HTTPError = httpx2.ReadError("the connection ended early")
        try:
            _receive_part(announced, headers | {"Range": f"bytes={have}-"}, file, report)
        except HfHubHTTPError as error:
            if error.response.status_code not in RETRYABLE:
                raise
            problem = error
        except httpx2.TransportError as error:
            problem = error
        fruitless = 0 if file.tell() > have else fruitless + 1
        if fruitless == MAX_FRUITLESS_ATTEMPTS:
            raise problem
        if fruitless:
            time.sleep(2.0 ** (fruitless - 1))


def _receive_part(announced: HubFile, headers: dict[str, str], file: BinaryIO, report: Callable[[int], None]) -> None:
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream("GET", announced.url, headers=headers, timeout=timeout) as response:
        if response.status_code in (200, 416):  # the whole file, or no such range: start over
            file.seek(0)
            file.truncate()
        hf_raise_for_status(response)
        for part in response.iter_raw():
            file.write(part[: announced.size + 1 - file.tell()])  # one byte too many shows that the file differs
            file.flush()  # survives a SIGKILL
            report(file.tell())
            if file.tell() > announced.size:
                return


@contextmanager
def explained_errors(source: ModelSource, folder: Path) -> Iterator[None]:
    """Turn the hub's errors into ModelDownloadErrors that say what to do."""
    token = "set HF_TOKEN to an access token of your account there"  # noqa: S105 – words about a token
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise HubUnreachable(
            f"HF_HUB_OFFLINE forbids requests to {source.endpoint}. Unset it, or {source.manual_steps(folder)}"
        ) from error
    except RemoteEntryNotFoundError as error:
        raise ModelDownloadError(
            f"The repository {source.repo} has no file {source.file}. Expected one of those that "
            f"{source.page}/tree/main lists; check MODEL_FILE."
        ) from error
    except GatedRepoError as error:
        raise ModelDownloadError(
            f"{source.repo} requires that you accept its terms. Accept them on {source.page}, then {token}."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelDownloadError(
            f"{source.endpoint} has no repository {source.repo}, or it is private. Expected OWNER/NAME, such as "
            f"microsoft/bitnet-b1.58-2B-4T-gguf; check MODEL_REPO. If the repository is private, {token}."
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        kind = HubUnreachable if status in RETRYABLE else ModelDownloadError
        raise kind(
            f"{source.endpoint} answered {status} to the request for {source.file or 'the files'} of {source.repo}. "
            "Try again later: received data is kept, and the download resumes."
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise HubUnreachable(
            f"{source.endpoint} cannot be reached: {str(error) or type(error).__name__}. Check the network, the proxy "
            "(HTTPS_PROXY) and HF_ENDPOINT, then run this again: received data is kept, and the download resumes. "
            f"Without a network, {source.manual_steps(folder)}"
        ) from error
