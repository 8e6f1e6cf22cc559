"""Which cores a process runs on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection
from pathlib import Path


def confine(pid: int, cores: Collection[int]) -> None:
    """Have all threads of a process run on these cores of the machine only. A process that has ended is ignored."""
    confined: set[Path] = set()
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        # Again for threads that were started meanwhile by one that was still elsewhere.
        while threads := set(Path(f"/proc/{pid}/task").iterdir()) - confined:
            for thread in threads:
                os.sched_setaffinity(int(thread.name), cores)
            confined |= threads
