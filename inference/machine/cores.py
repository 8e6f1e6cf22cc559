"""Cores that this process may use, and how busy they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from .cgroup import ROOT, field, folders, read_number, read_text


@dataclass(frozen=True, slots=True)
class Times:
    """Processor time of some cores since the machine started, in seconds. `stolen`: by other virtual machines."""

    busy: float
    stolen: float
    total: float


@dataclass(frozen=True, slots=True)
class Throttling:
    """Effect of a quota: periods in which it was used up, all periods, and seconds that threads were paused."""

    throttled: int
    periods: int
    seconds: float


def usable_cores() -> list[int]:
    """Return the numbers of the cores that this process may run on (CPU affinity, which a cpuset limits too)."""
    return sorted(os.sched_getaffinity(0))


def available_cores(root: Path = ROOT) -> int:
    """Return how many whole cores this process may use, by CPU affinity and quota; at least 1."""
    cores, quota = len(usable_cores()), cpu_quota(root)
    return cores if quota is None else max(1, min(cores, int(quota)))


def cpu_quota(root: Path = ROOT) -> float | None:
    """Return the cores that the smallest quota on this process's groups allows, as in 1.5; None without a quota."""
    return min((quota for folder in folders("cpu", root) if (quota := _quota(folder)) is not None), default=None)


def cpu_times() -> Times | None:
    """Return the times of the cores that this process may use; None where they are not known."""
    try:
        cores = of_usable_cores(psutil.cpu_times(percpu=True))
    except OSError:
        return None
    busy = sum(core.user + core.nice + core.system + core.irq + core.softirq for core in cores)
    stolen = sum(core.steal for core in cores)
    return Times(busy, stolen, busy + stolen + sum(core.idle + core.iowait for core in cores))


def of_usable_cores(per_core: Sequence[Any]) -> list[Any]:
    """Pick the usable cores from psutil's list of all cores that are online; all of them where numbers do not match."""
    cores = usable_cores()
    return [per_core[core] for core in cores] if cores[-1] < len(per_core) else list(per_core)


def throttling(root: Path = ROOT) -> Throttling | None:
    """Return what the smallest quota has done so far; None where there is no quota on any group."""
    groups = sorted(folders("cpu", root), key=lambda folder: _quota(folder) or float("inf"))
    return next((found for folder in groups if (found := _throttling(read_text(folder / "cpu.stat")))), None)


def _quota(folder: Path) -> float | None:
    """Return a group's own quota in cores: `cpu.max` of version 2, `cpu.cfs_*` of version 1; both in µs."""
    match read_text(folder / "cpu.max").split():
        case [quota, period] if quota.isdecimal() and period.isdecimal() and int(quota) and int(period):
            return int(quota) / int(period)
    used, per = read_number(folder / "cpu.cfs_quota_us"), read_number(folder / "cpu.cfs_period_us")
    return used / per if used and per else None


def _throttling(text: str) -> Throttling | None:
    """Parse `cpu.stat` of either version."""
    periods, throttled = field(text, "nr_periods"), field(text, "nr_throttled")
    if periods is None or throttled is None:
        return None
    micro, nano = field(text, "throttled_usec"), field(text, "throttled_time")
    return Throttling(throttled, periods, micro / 1e6 if micro is not None else (nano or 0) / 1e9)
