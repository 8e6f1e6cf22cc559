"""Downloads the model in the background while the server runs, and reports progress."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bitnetsite.env import env

from .model_download import fetch_model
from .model_source import DownloadProgress, ModelDownloadError, ModelSource, WrongModel

log = logging.getLogger(__name__)

FIRST_PAUSE = 2.0  # seconds before the second attempt; doubled before each further one
MAX_PAUSE = 600.0


def configured_download() -> BackgroundDownload | None:
    """Return the download of MODEL_PATH if that file is missing and MODEL_FILE is its source; otherwise None.

    It is its source if MODEL_PATH has the name that fetch_model gives the file, or the name that it was published with.
    """
    model: Path = env("MODEL_PATH")
    folder: Path = env("MODELS_DIR")
    source = ModelSource(env("MODEL_REPO"), env("MODEL_FILE"), env("HF_ENDPOINT"))
    names = (source.saved_as, PurePosixPath(source.file).name)
    if model.exists() or model.name not in names or model.parent.resolve() != folder.resolve():
        return None
    return BackgroundDownload(replace(source, name=model.name), folder)


class _Stopped(Exception):
    """The server is shutting down; received data is kept."""


class BackgroundDownload:
    """`failure`: why the last attempt failed; empty while the download is running."""

    def __init__(self, source: ModelSource, folder: Path) -> None:
        self.progress = DownloadProgress(source.saved_as, 0, None)
        self.failure = ""
        self._source = source
        self._folder = folder
        self._stopping = threading.Event()

    async def run(self) -> str:
        """Download until the model is complete or the task is cancelled. Return why it gave up; empty on success."""
        pause = FIRST_PAUSE
        try:
            while True:
                self.failure = ""
                log.info("Downloading %s from %s", self._source.file, self._source.repo)
                try:
                    await _in_daemon_thread(lambda: fetch_model(self._source, self._folder, self._report))
                except WrongModel as error:  # another attempt would give the same result
                    return str(error)
                except ModelDownloadError as error:
                    log.warning("The model could not be downloaded; next attempt in %.0f s: %s", pause, error)
                    self.failure = f"{error} The server will try again."
                else:
                    return ""
                await asyncio.sleep(pause)
                pause = min(2 * pause, MAX_PAUSE)
        finally:
            self._stopping.set()

    def _report(self, progress: DownloadProgress) -> None:
        if self._stopping.is_set():
            raise _Stopped
        self.progress = progress


async def _in_daemon_thread(function: Callable[[], object]) -> None:
    """Run a function in a daemon thread: unlike a thread of the loop's executor, it does not delay the shutdown."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end(error: Exception | None) -> None:
        if ended.done():  # the caller was cancelled
            return
        if error:
            ended.set_exception(error)
        else:
            ended.set_result(None)

    def work() -> None:
        problem = None
        try:
            function()
        except Exception as error:  # raised in the caller
            problem = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(end, problem)

    threading.Thread(target=work, name="model-download", daemon=True).start()
    await ended
