"""Clock and temperature of the processor."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psutil

from .cgroup import ROOT, read_number
from .cores import of_usable_cores, usable_cores

PROCESSOR_SENSORS: Final = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal")  # names of drivers


def frequency() -> tuple[float, float] | None:
    """Return the current and the maximum clock of the usable cores, on average in MHz; None where it is not known."""
    try:
        cores = of_usable_cores(psutil.cpu_freq(percpu=True))
    except (AttributeError, NotImplementedError, OSError):  # no such reading on this system
        return None
    cores = [core for core in cores if core.max]
    if not cores:
        return None
    return sum(core.current for core in cores) / len(cores), sum(core.max for core in cores) / len(cores)


def temperature() -> float | None:
    """Return the temperature in °C of the processor's hottest sensor; of any sensor where none is known as such."""
    try:
        sensors = psutil.sensors_temperatures()
    except (AttributeError, OSError):
        return None
    groups = [sensors[name] for name in PROCESSOR_SENSORS if name in sensors] or list(sensors.values())
    return max((sensor.current for group in groups for sensor in group), default=None)


def slowed_by_heat(root: Path = ROOT) -> int | None:
    """Return how often the usable cores were throttled by heat; None where they do not count it."""
    cpu = root / "sys/devices/system/cpu"
    counts = [read_number(cpu / f"cpu{core}/thermal_throttle/core_throttle_count") for core in usable_cores()]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
