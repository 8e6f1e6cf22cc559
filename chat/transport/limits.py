"""Limits on sockets: how many, how large their frames, and how fast. Importable before Django is set up."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

MAX_FRAME: Final = 2**20  # bytes: the longest question, escaped


class TooManySockets(Exception):
    """The owner or the address has as many sockets as allowed."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Sockets at once: `per_owner` (a page has one), `per_address` (several people may share a router).

    Frames of one socket: `burst` at once (a page that reconnects watches all that it shows), refilled by
    `frames_per_second` (faster than anyone clicks); after `max_refused` too fast ones in a row it is closed.
    """

    per_owner: int = 20
    per_address: int = 50
    burst: int = 40
    frames_per_second: float = 10.0
    max_refused: int = 100


_sockets: Counter[str] = Counter()


@contextmanager
def counted(key: str, limit: int) -> Iterator[None]:
    """Count one more socket of `key` until the block ends. On the event loop. Raise TooManySockets."""
    if _sockets[key] >= limit:
        raise TooManySockets
    _sockets[key] += 1
    try:
        yield
    finally:
        _sockets[key] -= 1
        if not _sockets[key]:
            del _sockets[key]


class FrameRate:
    """The rate limit of one socket: a token bucket. `clock`: monotonic seconds."""

    def __init__(self, limits: SocketLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._tokens = float(limits.burst)
        self._filled_at = clock()
        self._refused = 0

    def allows(self) -> bool:
        """Take a token for a frame; return whether there was one."""
        now = self._clock()
        refill = (now - self._filled_at) * self._limits.frames_per_second
        self._tokens = min(self._limits.burst, self._tokens + refill)
        self._filled_at = now
        if self._tokens < 1:
            self._refused += 1
            return False
        self._tokens -= 1
        self._refused = 0
        return True

    @property
    def flooded(self) -> bool:
        """Whether the socket kept sending although its frames were refused."""
        return self._refused > self._limits.max_refused
