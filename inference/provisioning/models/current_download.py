"""The download that an administrator started in this server. It runs in a thread, whether or not a page is open."""

from __future__ import annotations

import io
import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from inference.provisioning.engine.build_steps import Display
from inference.provisioning.engine.engine_build import QUANTIZE
from inference.provisioning.engine.programs import program_for

from .embedding_quantization import quantize_embeddings, quantized_path
from .model_download import fetch_model
from .model_source import DownloadProgress, ModelDownloadError, ModelSource

log = logging.getLogger(__name__)

SPEED_WINDOW: Final = 10.0  # seconds over which the speed is measured
MEASURED_EVERY: Final = 0.25  # seconds
POSITION: Final = re.compile(r"\[ *(\d+)/ *(\d+)\]")  # of a tensor


class DownloadState(StrEnum):
    """RUNNING → DONE, FAILED or CANCELLED."""

    RUNNING = "running"
    DONE = "done"  # the file is verified, and in the models folder
    FAILED = "failed"  # `failure` says why; what was received is kept, unless it was wrong
    CANCELLED = "cancelled"  # what was received is kept


class _Cancelled(Exception):
    """Ends the transfer, or llama-quantize."""


class _Steps(Display):
    """Passes on how far llama-quantize is, as a part of 1. `report` may raise to stop it."""

    def __init__(self, report: Callable[[float], None]) -> None:
        super().__init__(io.StringIO())
        self._report = report

    def progress(self, text: str) -> None:
        found = POSITION.match(text)
        self._report(int(found[1]) / max(int(found[2]), 1) if found else 0.0)


class Download:
    """One download. `failure`: why it failed, and what to do. `on_done` is called in its thread at success.

    `quantizes`: afterwards, a copy with embeddings in Q6_K is made. `quantized`: how much of it is, from 0 to 1; None
    until the file itself is there. A failure after that is one of the copy alone.
    """

    def __init__(
        self, source: ModelSource, folder: Path, on_done: Callable[[], None], *, quantizes: bool = False
    ) -> None:
        self.source = source
        self.quantizes = quantizes
        self.quantized: float | None = None
        self.state = DownloadState.RUNNING
        self.failure = ""
        self.progress = DownloadProgress(source.saved_as, 0, None)
        self._folder = folder
        self._on_done = on_done
        self._cancelled = threading.Event()
        self._measured: deque[tuple[float, int]] = deque()
        self._thread = threading.Thread(target=self._run, name="model-download", daemon=True)

    def start(self) -> None:
        """Begin the transfer."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop the transfer when its next bytes arrive, or llama-quantize. What was received is kept."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, at most so long."""
        self._thread.join(seconds)

    @property
    def title(self) -> str:
        """Return what is downloaded, for people."""
        return self.source.entry.title if self.source.entry else self.source.saved_as

    @property
    def copy(self) -> Path:
        """Return the path of the copy with embeddings in Q6_K."""
        return quantized_path(self.source.destination(self._folder))

    @property
    def cancelling(self) -> bool:
        """Whether it is about to stop."""
        return self.state is DownloadState.RUNNING and self._cancelled.is_set()

    @property
    def verifying(self) -> bool:
        """Whether all bytes have arrived, and their SHA-256 is being computed."""
        running = self.state is DownloadState.RUNNING and self.quantized is None
        return running and self.progress.bytes == self.progress.total_bytes

    @property
    def speed(self) -> float:
        """Return the bytes per second of the last seconds; 0 until they are known."""
        measured = tuple(self._measured)
        if self.state is not DownloadState.RUNNING or len(measured) < 2:
            return 0.0
        (began, first), (ended, last) = measured[0], measured[-1]
        return (last - first) / max(ended - began, MEASURED_EVERY)

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest takes at this speed; None if that is not known."""
        total, speed = self.progress.total_bytes, self.speed
        return (total - self.progress.bytes) / speed if total and speed else None

    def _run(self) -> None:
        log.info("Downloading %s of %s", self.source.file, self.source.repo)
        try:
            model = fetch_model(self.source, self._folder, self._report).model
            if self.quantizes:
                self._report_quantized(0.0)
                quantize_embeddings(model, program_for(model.quantization, QUANTIZE), _Steps(self._report_quantized))
        except _Cancelled:
            self.state = DownloadState.CANCELLED
        except ModelDownloadError as error:
            log.warning("The model could not be downloaded: %s", error)
            self.failure = str(error)
            self.state = DownloadState.FAILED
        except Exception as error:  # otherwise it would look as if it still ran
            log.exception("The model could not be downloaded.")
            self.failure = f"The download ended unexpectedly ({error}). See the server log, then start it again."
            self.state = DownloadState.FAILED
        else:
            log.info("Downloaded %s", self.source.saved_as)
            self.state = DownloadState.DONE
            self._on_done()

    def _report_quantized(self, part: float) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        self.quantized = max(part, self.quantized or 0.0)

    def _report(self, progress: DownloadProgress) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        self.progress = progress
        now = time.monotonic()
        if not self._measured or now - self._measured[-1][0] >= MEASURED_EVERY:
            self._measured.append((now, progress.bytes))
            while now - self._measured[0][0] > SPEED_WINDOW:
                self._measured.popleft()


class Downloads:
    """At most one download at a time. `current`: the one that runs, or ran last; None before the first."""

    def __init__(self) -> None:
        self.current: Download | None = None
        self._lock = threading.Lock()

    def start(
        self,
        source: ModelSource,
        folder: Path,
        on_done: Callable[[], None] = lambda: None,
        *,
        quantizes: bool = False,
    ) -> Download:
        """Start a download. Raise ModelDownloadError if one runs already."""
        with self._lock:
            if self.current and self.current.state is DownloadState.RUNNING:
                raise ModelDownloadError(
                    f"{self.current.title} is being downloaded. Wait until that has ended, or cancel it."
                )
            self.current = Download(source, folder, on_done, quantizes=quantizes)
            self.current.start()
            return self.current

    def forget(self) -> None:
        """Forget a download that has ended."""
        with self._lock:
            if self.current and self.current.state is not DownloadState.RUNNING:
                self.current = None


downloads = Downloads()
