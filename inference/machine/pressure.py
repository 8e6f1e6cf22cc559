"""Pressure stall information: how much of the last ten seconds was spent waiting for processor, memory or disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .cgroup import ROOT, folders, read_text


@dataclass(frozen=True, slots=True)
class Pressure:
    """Percent of the last ten seconds in which at least one task (`some`), or all of them (`full`), waited."""

    some: float
    full: float


def cpu_pressure(root: Path = ROOT) -> Pressure | None:
    """Return the whole machine's pressure on processors; None where the kernel does not measure it."""
    return _pressure(read_text(root / "proc/pressure/cpu"))


def io_pressure(root: Path = ROOT) -> Pressure | None:
    """Return the whole machine's pressure on disks; None where the kernel does not measure it."""
    return _pressure(read_text(root / "proc/pressure/io"))


def memory_pressure(root: Path = ROOT) -> Pressure | None:
    """Return the pressure on memory of this process's group, else of the whole machine; None where it is unknown."""
    files = [*(folder / "memory.pressure" for folder in folders("memory", root)), root / "proc/pressure/memory"]
    return next((found for file in files if (found := _pressure(read_text(file)))), None)


def _pressure(text: str) -> Pressure | None:
    averages = {}
    for line in text.splitlines():
        kind, _, fields = line.partition(" ")
        values = dict(field.split("=", 1) for field in fields.split() if "=" in field)
        try:
            averages[kind] = float(values["avg10"])
        except (KeyError, ValueError):
            return None
    return Pressure(averages["some"], averages.get("full", 0.0)) if "some" in averages else None
