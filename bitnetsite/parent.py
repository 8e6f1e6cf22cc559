"""Tie a process to its parent, so that it does not continue serving after the parent was killed."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the process `parent` dies, even if that is by SIGKILL.

    Call it soon after the fork. The kernel watches the thread that forked, which must not end before its process.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl(PR_SET_PDEATHSIG): {os.strerror(number)}")
    if os.getppid() != parent:  # it died before the kernel was asked to watch it
        os.kill(os.getpid(), signal.SIGKILL)
