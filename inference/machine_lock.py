"""One engine per machine: a second one would put its threads on the same cores."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from pathlib import Path

from .engine.exceptions import EngineUnavailable


class MachineLock:
    """A lock on a file, that ends with the process that holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    async def acquire(self, seconds: float) -> None:
        """Take the lock; a server that drains may still hold it, so wait. Raises EngineUnavailable."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(fd)
                    raise EngineUnavailable(
                        f"Another server process holds {self._path}. One process per machine keeps the engine: run one "
                        "web worker, or stop the other server, or give this one a DATA_DIR of its own."
                    ) from None
                await asyncio.sleep(0.1)
            else:
                self._fd = fd
                return

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
