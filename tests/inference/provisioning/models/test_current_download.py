"""The download that an administrator starts: one at a time, cancelled, resumed, and its speed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inference.provisioning.models.current_download import Download, Downloads, DownloadState
from inference.provisioning.models.model_download import discard_partial, partial_size
from inference.provisioning.models.model_source import DownloadProgress, ModelDownloadError, ModelSource
from tests.hub import FILE, REPO, Hub
from tests.server import PATIENCE

from .downloads import FIRST_PART, files_in, wait_for


@pytest.fixture
def downloads(hub: Hub) -> Iterator[Downloads]:
    downloads = Downloads()
    yield downloads
    hub.go_on.set()
    if downloads.current:
        downloads.current.cancel()
        downloads.current.wait(PATIENCE)


@pytest.fixture
def source(hub: Hub) -> ModelSource:
    return ModelSource(REPO, FILE, hub.url)


@pytest.fixture
def stopped(hub: Hub, downloads: Downloads, source: ModelSource, folder: Path) -> Download:
    """A download that waits for the second part of the file."""
    hub.pause_at = FIRST_PART
    download = downloads.start(source, folder)
    wait_for(lambda: download.progress.bytes == FIRST_PART, "the first part did not arrive")
    return download


def test_a_download_ends_with_the_file(downloads: Downloads, source: ModelSource, hub: Hub, folder: Path) -> None:
    done = threading.Event()
    download = downloads.start(source, folder, done.set)
    download.wait(PATIENCE)
    assert (download.state, download.failure) == (DownloadState.DONE, "")
    assert download.progress == DownloadProgress(FILE, len(hub.content), len(hub.content))
    assert done.is_set()
    assert (folder / FILE).read_bytes() == hub.content
    downloads.forget()
    assert downloads.current is None


def test_a_second_download_is_refused_while_one_runs(
    stopped: Download, downloads: Downloads, source: ModelSource, folder: Path
) -> None:
    with pytest.raises(ModelDownloadError, match=f"{FILE} is being downloaded"):
        downloads.start(source, folder)
    downloads.forget()
    assert downloads.current is stopped


def test_a_cancelled_download_is_resumed(
    stopped: Download, hub: Hub, downloads: Downloads, source: ModelSource, folder: Path
) -> None:
    assert not stopped.cancelling
    stopped.cancel()
    assert stopped.cancelling
    hub.go_on.set()
    stopped.wait(PATIENCE)
    assert (stopped.state, stopped.cancelling) == (DownloadState.CANCELLED, False)
    received = partial_size(folder / FILE)
    assert FIRST_PART <= received < len(hub.content)
    again = downloads.start(source, folder)
    again.wait(PATIENCE)
    assert again.state is DownloadState.DONE
    assert (received, len(hub.content)) in hub.ranges


def test_what_was_received_can_be_discarded(stopped: Download, hub: Hub, folder: Path) -> None:
    with pytest.raises(ModelDownloadError, match="Another process is downloading"):
        discard_partial(folder / FILE)
    stopped.cancel()
    hub.go_on.set()
    stopped.wait(PATIENCE)
    discard_partial(folder / FILE)
    assert (partial_size(folder / FILE), files_in(folder)) == (0, [])


def test_a_failure_says_why(downloads: Downloads, source: ModelSource, hub: Hub, folder: Path) -> None:
    hub.announced_sha256 = "0" * 64
    download = downloads.start(source, folder)
    download.wait(PATIENCE)
    assert download.state is DownloadState.FAILED
    assert "damaged, and was deleted" in download.failure


def test_the_speed_is_that_of_the_last_seconds(
    source: ModelSource, folder: Path, clock: Callable[[float], None]
) -> None:
    download = Download(source, folder, lambda: None)
    assert (download.speed, download.seconds_left) == (0.0, None)
    for second in range(31):
        clock(second)
        received = 1_000_000 * second if second <= 20 else 20_000_000 + 4_000_000 * (second - 20)
        download._report(DownloadProgress(FILE, received, 100_000_000))
    assert download.speed == pytest.approx(4_000_000)
    assert download.seconds_left == pytest.approx(10)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the time that a download sees, in seconds."""
    return lambda now: monkeypatch.setattr("inference.provisioning.models.current_download.time.monotonic", lambda: now)
