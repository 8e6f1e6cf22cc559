"""One engine per data folder: a second one would compete for the same cores."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from pathlib import Path

from inference.engine.errors import EngineUnavailable


class EngineLock:
    """A file lock that ends with its process. Servers with other data folders are not affected."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    async def acquire(self, seconds: float) -> None:
        """Wait up to `seconds` for the lock, which a draining server may still hold. Raise EngineUnavailable."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(fd)
                    raise EngineUnavailable(
                        f"Another process holds {self._path}: a server, or a command with its own engine. Two engines "
                        "would slow each other down on the same cores. Use the running server or stop it; a server "
                        "has one web worker."
                    ) from None
                await asyncio.sleep(0.1)
            else:
                self._fd = fd
                return

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
