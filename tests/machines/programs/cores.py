"""A share of the processor for a machine: a control group with a quota, of version 1 or 2."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.machines.network import Machine
from tests.server import until

GROUPS = Path("/sys/fs/cgroup")
VERSION_1 = GROUPS / "cpu"
PERIOD = 50_000  # microseconds in which the share is used up: some of it is lost in each
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def limited(machine: Machine, cores: float) -> Iterator[None]:
    """Give the processes of a machine, and those that they start, so many cores inside the block. Needs root."""
    root = VERSION_1 if VERSION_1.is_dir() else GROUPS
    group = root / f"machines-{os.getpid()}-{machine.name}"
    if root is GROUPS:
        (root / "cgroup.subtree_control").write_text("+cpu")
    group.mkdir()
    quota = round(cores * PERIOD)
    try:
        if root is GROUPS:
            (group / "cpu.max").write_text(f"{quota} {PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        _move(machine.processes, group)
        yield
    finally:
        until(lambda: _remove(group, root))


def seconds_of(pid: int) -> float:
    """Return the processor time that a process has used so far, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _move(pids: list[int], group: Path) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it has just ended
            (group / "cgroup.procs").write_text(str(pid))


def _remove(group: Path, root: Path) -> bool:
    """Remove the group, and tell whether that worked: not while processes start or end in it."""
    _move([int(pid) for pid in (group / "cgroup.procs").read_text().split()], root)
    try:
        group.rmdir()
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return False
    return True
