"""Memory that is left to this process, and that processes use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import psutil

from .cgroup import ROOT, field, folders, read_number, read_text

LIMIT_AND_USE: Final = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))


def available_memory(root: Path = ROOT) -> int:
    """Return the bytes that may still be used: of the machine, or below the limit of a group where that is less.

    The file cache counts as available, since the kernel gives it up for anything else. Raises OSError where the
    machine's memory is not known.
    """
    left = (left for folder in folders("memory", root) if (left := _left(folder)) is not None)
    return min([int(psutil.virtual_memory().available), *left])


def private_memory(pid: int) -> int:
    """Return the bytes that a process shares with no other, which leaves out mapped weights; 0 once it is gone."""
    try:
        used = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    return max(0, int(used.rss - used.shared))


def swapped_bytes(root: Path = ROOT) -> tuple[int, int] | None:
    """Return the bytes read from and written to swap since the machine started; None where this is not known.

    psutil would report 0 where the kernel counts no pages.
    """
    counts = read_text(root / "proc/vmstat")
    inward, outward = field(counts, "pswpin"), field(counts, "pswpout")
    if inward is None or outward is None:
        return None
    page = os.sysconf("SC_PAGE_SIZE")
    return inward * page, outward * page


def killed_for_memory(root: Path = ROOT) -> int | None:
    """Return how many processes of this group the kernel has killed for memory; None where it is not known."""
    for folder in folders("memory", root):
        for name in ("memory.events", "memory.oom_control"):
            if (killed := field(read_text(folder / name), "oom_kill")) is not None:
                return killed
    return None


def _left(folder: Path) -> int | None:
    """Return the bytes left below a group's own limit; None where it has none. Version 1 says "no limit" as 2⁶³."""
    for limit_name, used_name in LIMIT_AND_USE:
        limit, used = read_number(folder / limit_name), read_number(folder / used_name)
        if limit is not None and used is not None:
            return max(0, limit - max(0, used - _file_cache(read_text(folder / "memory.stat"))))
    return None


def _file_cache(stat: str) -> int:
    """Return the bytes of files in the cache, of the group and those below it (`total_` in version 1)."""
    cached = 0
    for name in ("inactive_file", "active_file"):
        total = field(stat, f"total_{name}")
        cached += (field(stat, name) if total is None else total) or 0
    return cached
