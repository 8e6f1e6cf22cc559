"""How much of a file the kernel holds in memory: what is missing of a model has to be read again for every token."""

from __future__ import annotations

import ctypes
import mmap
import os
from functools import cache
from pathlib import Path
from typing import Final

PAGE: Final = mmap.PAGESIZE
PROT_READ: Final = 1
FAILED: Final = ctypes.c_void_p(-1).value  # what mmap(2) returns then


def resident_share(path: Path) -> float | None:
    """From 0 to 1, by mincore(2); None where it cannot be known. Reads nothing of the file.

    Since Linux 5.2 the kernel tells the truth only to those who own the file or may write to it, and says "all of it"
    to others.
    """
    libc = _libc()
    if libc is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        about = os.fstat(descriptor)
        if not about.st_size or not (about.st_uid == os.geteuid() or os.access(path, os.W_OK)):
            return None
        address = libc.mmap(None, about.st_size, PROT_READ, mmap.MAP_SHARED, descriptor, 0)
        if address == FAILED:
            return None
        try:
            pages = (about.st_size + PAGE - 1) // PAGE
            told = (ctypes.c_ubyte * pages)()
            if libc.mincore(address, about.st_size, told):
                return None
            return sum(bytes(told).translate(_LOWEST_BIT)) / pages
        finally:
            libc.munmap(address, about.st_size)
    finally:
        os.close(descriptor)


_LOWEST_BIT: Final = bytes(value & 1 for value in range(256))  # the others are reserved


@cache
def _libc() -> ctypes.CDLL | None:
    """None on systems that have no such call."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap.argtypes = (
            ctypes.c_void_p,
            ctypes.c_size_t,
            ctypes.c_int,
            ctypes.c_int,
            ctypes.c_int,
            ctypes.c_longlong,
        )
        libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
        libc.mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
    except (OSError, AttributeError):
        return None
    return libc
