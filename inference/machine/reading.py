"""A reading of everything that can make answers slow. Comparing two readings shows what happened between them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from .cgroup import ROOT
from .cores import Throttling, Times, cpu_quota, cpu_times, throttling, usable_cores
from .heat import frequency, slowed_by_heat, temperature
from .memory import available_memory, killed_for_memory, swapped_bytes
from .page_cache import resident_share
from .pressure import Pressure, cpu_pressure, io_pressure, memory_pressure
from .processes import Work, work


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of the machine at a monotonic time `at`; None for what is not known here.

    Memory, swap and disk in bytes, swap since the start of the machine, frequencies in MHz, temperature in °C.
    `model_cached`: share of the model's file that is in memory. `cores`: that this process may run on; `quota`: cores
    that its groups allow. `slowed`: how often the processor was throttled by heat.
    """

    at: float
    cores: int
    quota: float | None
    times: Times | None
    ours: Work | None
    throttling: Throttling | None
    swapped: tuple[int, int] | None
    killed: int | None
    cpu_pressure: Pressure | None
    memory_pressure: Pressure | None
    io_pressure: Pressure | None
    memory: int | None
    model_cached: float | None
    frequency: tuple[float, float] | None
    temperature: float | None
    slowed: int | None
    disk: int | None


def read(pids: Iterable[int], model: Path | None, data: Path, root: Path = ROOT) -> Reading:
    """Read everything. Blocks for some milliseconds. `pids`: the engine's processes; `data`: a folder on the disk."""
    return Reading(
        at=time.monotonic(),
        cores=len(usable_cores()),
        quota=cpu_quota(root),
        times=cpu_times(),
        ours=work([os.getpid(), *pids]),
        throttling=throttling(root),
        swapped=swapped_bytes(root),
        killed=killed_for_memory(root),
        cpu_pressure=cpu_pressure(root),
        memory_pressure=memory_pressure(root),
        io_pressure=io_pressure(root),
        memory=_memory(root),
        model_cached=resident_share(model) if model else None,
        frequency=frequency(),
        temperature=temperature(),
        slowed=slowed_by_heat(root),
        disk=_free(data),
    )


def _memory(root: Path) -> int | None:
    try:
        return available_memory(root)
    except OSError:
        return None


def _free(folder: Path) -> int | None:
    try:
        return psutil.disk_usage(str(folder)).free
    except OSError:
        return None
