"""One engine per data folder: a second one would compete for the same cores."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import socket
import time
from pathlib import Path
from typing import Final

from inference.engine.errors import EngineUnavailable

log = logging.getLogger(__name__)

POLL_INTERVAL: Final = 0.1  # seconds
MAX_HOLDER_BYTES: Final = 1000


class EngineLock:
    """A file lock that ends with its process. Servers with other data folders are not affected.

    The file names its holder for processes that wait. `command`: this process's, without users' texts. `holder`: the
    process that `acquire` is waiting for; empty while it does not wait.
    """

    def __init__(self, path: Path, command: str) -> None:
        self._path = path
        self._command = command
        self._fd: int | None = None
        self.holder = ""

    @property
    def held(self) -> bool:
        """Whether this process has the lock."""
        return self._fd is not None

    async def acquire(self, seconds: float) -> None:
        """Wait up to `seconds` for the lock, which a draining server may still hold. Raise EngineUnavailable."""
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            await self._wait(fd, time.monotonic() + seconds)
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()} {socket.gethostname()} {self._command}\n".encode()[:MAX_HOLDER_BYTES], 0)
        except OSError as error:
            os.close(fd)
            raise self._unwritable(error) from error
        except BaseException:
            os.close(fd)
            raise
        finally:
            self.holder = ""
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None

    def _unwritable(self, error: OSError) -> EngineUnavailable:
        return EngineUnavailable(
            f"The data folder {self._path.parent} cannot be written: {error.strerror}. Free some space on its disk, "
            "correct its permissions, or set another DATA_DIR."
        )

    async def _wait(self, fd: int, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = _holder(fd)
            else:
                return
            if time.monotonic() > deadline:
                raise EngineUnavailable(
                    f"{holder} runs the engine of this DATA_DIR. Two engines would slow each other down on the same "
                    "cores. Use the running server or stop it; a server has one web worker. To run another server, set "
                    "another DATA_DIR for it."
                )
            if holder != self.holder:
                self.holder = holder
                log.warning(awaiting(holder))
            await asyncio.sleep(POLL_INTERVAL)


def awaiting(holder: str) -> str:
    """Return what an operator should know while the lock is awaited."""
    return f"{holder} runs the engine of this DATA_DIR. This server starts its own when that process has ended."


def _holder(fd: int) -> str:
    """Return who holds the lock, as the beginning of a sentence: `Process 4711 (gunicorn …)`."""
    written = os.pread(fd, MAX_HOLDER_BYTES, 0).decode(errors="replace").strip().split(" ", 2)
    if len(written) < 3:  # it has just taken the lock
        return "Another process"
    pid, host, command = written
    elsewhere = "" if host == socket.gethostname() else f" on {host}"
    return f"Process {pid}{elsewhere} ({command})"
