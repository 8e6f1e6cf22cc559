"""The share of a file that the kernel holds in memory. The rest of a model is read from the disk for every token."""

from __future__ import annotations

import ctypes
import mmap
import os
from functools import cache
from pathlib import Path
from typing import Final

PAGE: Final = mmap.PAGESIZE
PROT_READ: Final = 1
MAP_FAILED: Final = ctypes.c_void_p(-1).value


def resident_share(path: Path) -> float | None:
    """Return the share of a file that is in memory, from 0 to 1, by mincore(2), without reading the file.

    None where it cannot be known: since Linux 5.2 the kernel answers truthfully only to those who own the file or may
    write to it, and tells all others that the whole file is in memory.
    """
    libc = _libc()
    if libc is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        file = os.fstat(descriptor)
        if not file.st_size or not (file.st_uid == os.geteuid() or os.access(path, os.W_OK)):
            return None
        address = libc.mmap(None, file.st_size, PROT_READ, mmap.MAP_SHARED, descriptor, 0)
        if address == MAP_FAILED:
            return None
        try:
            pages = (file.st_size + PAGE - 1) // PAGE
            flags = (ctypes.c_ubyte * pages)()
            if libc.mincore(address, file.st_size, flags):
                return None
            return sum(bytes(flags).translate(_LOWEST_BIT)) / pages
        finally:
            libc.munmap(address, file.st_size)
    finally:
        os.close(descriptor)


_LOWEST_BIT: Final = bytes(value & 1 for value in range(256))  # the other bits are reserved


@cache
def _libc() -> ctypes.CDLL | None:
    """Return the C library; None on systems without these calls."""
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
