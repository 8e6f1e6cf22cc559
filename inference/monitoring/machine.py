"""What the machine says of itself: files of /proc and /sys as numbers, and what happened between two readings of them.

Each parser is a function over the text of one file. Where a file is missing, or says something else than expected, its
answer is None: not known here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference.engine.llama_cli.memory import available_memory

from .page_cache import resident_share

ROOT: Final = Path("/")
TICKS: Final = os.sysconf("SC_CLK_TCK")  # of processor time, in a second


@dataclass(frozen=True, slots=True)
class Times:
    """Processor time of some cores since the machine started, in seconds. `stolen`: by other virtual machines."""

    busy: float
    stolen: float
    whole: float


@dataclass(frozen=True, slots=True)
class Work:
    """Of processes: processor time in seconds, and pages that they had to wait for until a disk had read them."""

    seconds: float
    major_faults: int


@dataclass(frozen=True, slots=True)
class Throttling:
    """By the cgroup's quota: periods in which it was used up, all periods, and seconds that threads had to pause."""

    throttled: int
    periods: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pressure:
    """Percent of the last ten seconds in which somebody, or everybody, waited for it."""

    some: float
    full: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the machine at a monotonic time `at`; None for what is not known here.

    Memory and disk in bytes, swap in pages since the start, frequencies in MHz, temperature in °C. `model_cached`:
    share of the model's file that is in memory. `cores`: that this process may use; `quota`: cores by the cgroup.
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
    cooled: int | None
    disk: int | None


def read(pids: Iterable[int], model: Path | None, data: Path, root: Path = ROOT) -> Reading:
    """Look at everything. Takes milliseconds; for threads. `pids`: of the engine's processes; `data`: a folder."""
    cores = sorted(os.sched_getaffinity(0))
    group = _cgroup(root)
    cpu = root / "sys/devices/system/cpu"
    old = group / "cpu"  # where the first version of cgroups has it
    return Reading(
        at=time.monotonic(),
        cores=len(cores),
        quota=quota(_text(group / "cpu.max"))
        or quota(f"{_text(old / 'cpu.cfs_quota_us')} {_text(old / 'cpu.cfs_period_us')}"),
        times=times(_text(root / "proc/stat"), cores),
        ours=work(_text(root / f"proc/{pid}/stat") for pid in (os.getpid(), *pids)),
        throttling=throttling(_text(group / "cpu.stat")) or throttling(_text(old / "cpu.stat")),
        swapped=swapped(_text(root / "proc/vmstat")),
        killed=number(_text(group / "memory.events") or _text(group / "memory/memory.oom_control"), "oom_kill"),
        cpu_pressure=pressure(_text(root / "proc/pressure/cpu")),
        memory_pressure=pressure(_text(group / "memory.pressure") or _text(root / "proc/pressure/memory")),
        io_pressure=pressure(_text(root / "proc/pressure/io")),
        memory=_memory(group),
        model_cached=resident_share(model) if model else None,
        frequency=frequency(
            [_text(cpu / f"cpu{core}/cpufreq/scaling_cur_freq") for core in cores],
            [_text(cpu / f"cpu{core}/cpufreq/cpuinfo_max_freq") for core in cores],
        ),
        temperature=hottest(_text(zone / "temp") for zone in (root / "sys/class/thermal").glob("thermal_zone*")),
        cooled=together(_text(cpu / f"cpu{core}/thermal_throttle/core_throttle_count") for core in cores),
        disk=_free(data),
    )


def quota(text: str) -> float | None:
    """Cores by `cpu.max`, or by quota and period in one line; None without a limit."""
    match text.split():
        case [quota, period] if quota.isdecimal() and period.isdecimal() and int(period):
            return int(quota) / int(period)
    return None


def times(text: str, cores: Iterable[int]) -> Times | None:
    """These cores' lines of /proc/stat together: user nice system idle iowait irq softirq steal, in ticks."""
    names = {f"cpu{core}" for core in cores}
    lines = [line.split() for line in text.splitlines() if line.partition(" ")[0] in names]
    columns = [_numbers(line[1:9]) for line in lines]
    if not columns or any(len(column) < 8 for column in columns):
        return None
    user, nice, system, idle, wait, irq, soft, stolen = (sum(column) / TICKS for column in zip(*columns, strict=True))
    busy = user + nice + system + irq + soft
    return Times(busy, stolen, busy + stolen + idle + wait)


def work(texts: Iterable[str]) -> Work | None:
    """Lines of /proc/PID/stat together, with the children that these processes have had and that are over.

    So the sum goes on when one of them ends.
    """
    ticks = faults = seen = 0
    for text in texts:
        fields = text.rpartition(")")[2].split()  # its name may hold anything; after it comes field 3, the state
        if len(fields) < 15:
            continue
        numbers = _numbers(fields[9:11] + fields[11:15])
        if len(numbers) == 6:
            major, of_children, *used = numbers
            faults += major + of_children
            ticks += sum(used)
            seen += 1
    return Work(ticks / TICKS, faults) if seen else None


def throttling(text: str) -> Throttling | None:
    """`cpu.stat` of either version of cgroups; None where there is no quota."""
    periods, throttled = number(text, "nr_periods"), number(text, "nr_throttled")
    if periods is None or throttled is None:
        return None
    micro, nano = number(text, "throttled_usec"), number(text, "throttled_time")
    return Throttling(throttled, periods, micro / 1e6 if micro is not None else (nano or 0) / 1e9)


def swapped(text: str) -> tuple[int, int] | None:
    """Pages in and out, from /proc/vmstat."""
    pages_in, pages_out = number(text, "pswpin"), number(text, "pswpout")
    return None if pages_in is None or pages_out is None else (pages_in, pages_out)


def pressure(text: str) -> Pressure | None:
    """A file of /proc/pressure; the kernel may be built without them."""
    averages = {}
    for line in text.splitlines():
        kind, _, fields = line.partition(" ")
        told = dict(field.split("=", 1) for field in fields.split() if "=" in field)
        try:
            averages[kind] = float(told["avg10"])
        except (KeyError, ValueError):
            return None
    return Pressure(averages["some"], averages.get("full", 0.0)) if "some" in averages else None


def number(text: str, name: str) -> int | None:
    """Of a line `name 42`."""
    for line in text.splitlines():
        match line.split():
            case [first, value] if first == name and value.isdecimal():
                return int(value)
    return None


def frequency(now: Iterable[str], most: Iterable[str]) -> tuple[float, float] | None:
    """What the cores run at, and what they could, on average in MHz; of files that say kHz."""
    pairs = [
        (int(each), int(top))
        for each, top in zip(now, most, strict=True)
        if each.strip().isdecimal() and top.strip().isdecimal()
    ]
    if not pairs:
        return None
    return sum(each for each, _ in pairs) / len(pairs) / 1000, sum(top for _, top in pairs) / len(pairs) / 1000


def hottest(texts: Iterable[str]) -> float | None:
    """°C of the warmest zone; of files that say thousandths."""
    degrees = [int(text) / 1000 for text in texts if text.strip().lstrip("-").isdecimal()]
    return max(degrees, default=None)


def together(texts: Iterable[str]) -> int | None:
    """The sum of files that hold a number."""
    numbers = [int(text) for text in texts if text.strip().isdecimal()]
    return sum(numbers) if numbers else None


def _numbers(words: list[str]) -> list[int]:
    return [int(word) for word in words if word.isdecimal()]


def _text(path: Path) -> str:
    """Empty where it cannot be read: the kernel, the container or our rights do not tell it."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _cgroup(root: Path) -> Path:
    """The folder of this process's group; in a container that is the topmost one."""
    top = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        if line.startswith("0::/") and (top / line[4:] / "cpu.stat").exists():
            return top / line[4:]
    return top


def _memory(cgroup: Path) -> int | None:
    try:
        return available_memory(cgroup)
    except (OSError, ValueError):
        return None


def _free(folder: Path) -> int | None:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize
