"""How many cores there really are, and who computes on them."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

Holder = TypeVar("Holder", bound=Hashable)

CGROUP = Path("/sys/fs/cgroup")


def available_cores(cgroup: Path = CGROUP) -> int:
    """Whole cores that this container may use: its CPU affinity, or its cgroup quota where that is less; at least 1."""
    cores = len(os.sched_getaffinity(0))
    quota = _cgroup_quota(cgroup)
    return max(1, min(cores, int(quota)) if quota else cores)


def team_size(max_threads: int, model_instances: int, cores: int) -> int:
    """Threads of every llama-cli of one configuration: two teams that share a core are 10 to 30 times slower."""
    return max(1, min(max_threads, cores // min(model_instances, cores)))


class LeaseTable(Generic[Holder]):
    """Which cores are computed on, and for whom. A holder has one lease or none."""

    def __init__(self, cores: int) -> None:
        self._free = list(range(cores))
        self._held: dict[Holder, tuple[int, ...]] = {}

    @property
    def free(self) -> int:
        return len(self._free)

    @property
    def held(self) -> Mapping[Holder, tuple[int, ...]]:
        """Core numbers by holder."""
        return self._held

    def acquire(self, holder: Holder, count: int) -> bool:
        """Lease `count` cores, or none at all."""
        if holder in self._held:
            raise ValueError(f"{holder} holds a lease already")
        if count > len(self._free):
            return False
        self._held[holder], self._free = tuple(self._free[:count]), self._free[count:]
        return True

    def release(self, holder: Holder) -> None:
        self._free = sorted([*self._free, *self._held.pop(holder)])


def _cgroup_quota(cgroup: Path) -> float | None:
    """Cores by cgroup v2 (`cpu.max`: quota and period in µs) or v1; None where there is no limit."""
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (cgroup / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu/cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    return None if quota in ("max", "-1") else int(quota) / int(period)
