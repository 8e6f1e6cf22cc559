"""Processor time of processes, and how often they waited for a disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from .cgroup import ROOT, read_text


@dataclass(frozen=True, slots=True)
class Work:
    """Processor time in seconds, and pages that had to be read from a disk first (major page faults)."""

    seconds: float
    major_faults: int


def work(pids: Iterable[int]) -> Work | None:
    """Sum over these processes and their children that have ended, so that the sum does not fall when one ends.

    None where none of them exists.
    """
    seconds, faults, found = 0.0, 0, False
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except (psutil.Error, OSError):
            continue
        found = True
        seconds += times.user + times.system + times.children_user + times.children_system
        faults += major_faults(read_text(ROOT / f"proc/{pid}/stat"))
    return Work(seconds, faults) if found else None


def major_faults(stat: str) -> int:
    """Parse /proc/PID/stat: major faults of the process and of its children that have ended (fields 12 and 13)."""
    fields = stat.rpartition(")")[2].split()  # the name before it may contain anything; next is field 3
    numbers = [int(field) for field in fields[9:11] if field.isdecimal()]
    return sum(numbers) if len(numbers) == 2 else 0
