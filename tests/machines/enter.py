"""Run a Python program on a machine: `python -m tests.machines.enter MACHINE MODULE ARGUMENTS`."""

from __future__ import annotations

import ctypes
import runpy
import sys
from pathlib import Path

NEW_NETWORK = 0x40000000  # CLONE_NEWNET


def enter(machine: str) -> None:
    """Move this process to a machine. Python 3.12 has `os.setns`."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/run/netns", machine).open() as namespace:
        if libc.setns(namespace.fileno(), NEW_NETWORK):
            raise OSError(ctypes.get_errno(), f"cannot enter {machine}")


if __name__ == "__main__":
    enter(sys.argv[1])
    sys.argv = sys.argv[2:]
    sys.path[0] = str(Path.cwd())
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
