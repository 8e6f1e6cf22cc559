"""A download beside the server's work: it goes on until the model is there, and tells how far it is."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from bitnetsite.env import env

from .model_download import DownloadProgress, ModelDownloadError, ModelSource, WrongModel, fetch_model

log = logging.getLogger(__name__)

FIRST_PAUSE = 2.0  # seconds before the second try; then twice as long each time
LONGEST_PAUSE = 600.0


def configured_download() -> BackgroundDownload | None:
    """The download of the model that MODEL_PATH names: if it is not there, and MODEL_FILE is what belongs there."""
    model: Path = env("MODEL_PATH")
    folder: Path = env("MODELS_DIR")
    source = ModelSource(env("MODEL_REPO"), env("MODEL_FILE"), env("HF_ENDPOINT"))
    if model.exists() or model.resolve() != (folder / PurePosixPath(source.file).name).resolve():
        return None
    return BackgroundDownload(source, folder)


class _Stopped(Exception):
    """The server shuts down; what has arrived is kept."""


class BackgroundDownload:
    """`progress`: how far the download is. `failure`: why it is not under way, or empty."""

    def __init__(self, source: ModelSource, folder: Path) -> None:
        self.progress = DownloadProgress(PurePosixPath(source.file).name, 0, None)
        self.failure = ""
        self._source = source
        self._folder = folder
        self._stopping = threading.Event()

    async def run(self) -> str:
        """Until the model is there; cancel it to stop. Returns why it gave up, or nothing."""
        pause = FIRST_PAUSE
        try:
            while True:
                self.failure = ""
                log.info("Fetching %s of %s", self._source.file, self._source.repo)
                try:
                    await _in_daemon_thread(lambda: fetch_model(self._source, self._folder, self._report))
                except WrongModel as error:  # the next try would bring the same
                    return str(error)
                except ModelDownloadError as error:
                    log.warning("The model could not be fetched, next try in %.0f s: %s", pause, error)
                    self.failure = f"{error} The server tries again by itself."
                else:
                    return ""
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            self._stopping.set()

    def _report(self, progress: DownloadProgress) -> None:
        if self._stopping.is_set():
            raise _Stopped
        self.progress = progress


async def _in_daemon_thread(function: Callable[[], object]) -> None:
    """Run a function without holding up the end of the process: a thread of the loop's pool would be waited for."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end(error: Exception | None) -> None:
        if ended.done():  # nobody waits any more
            return
        if error:
            ended.set_exception(error)
        else:
            ended.set_result(None)

    def work() -> None:
        problem = None
        try:
            function()
        except Exception as error:  # handed on to whoever waits
            problem = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(end, problem)

    threading.Thread(target=work, name="model-download", daemon=True).start()
    await ended
