"""Limits on sockets: how many there may be, how much one may say at once, and how fast. Known before Django is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

MOST_FRAME: Final = 2**20  # bytes: the longest question, escaped
MOST_OF_OWNER: Final = 20  # sockets: a page has one, and nobody looks at twenty pages
MOST_OF_ADDRESS: Final = 50  # sockets: several people behind one router, with several pages each
FRAMES_AT_ONCE: Final = 40  # a page that comes back watches what it shows, all at once
FRAMES_PER_SECOND: Final = 10.0  # faster than anybody clicks
MOST_REFUSED: Final = 100  # frames that came too fast in a row, until the socket is closed


class TooManySockets(Exception):
    """An owner or an address has as many as it may."""


_sockets: Counter[str] = Counter()


@contextmanager
def counted(key: str, most: int) -> Iterator[None]:
    """One more socket of `key`, until the block ends. On the event loop. Raises TooManySockets."""
    if _sockets[key] >= most:
        raise TooManySockets
    _sockets[key] += 1
    try:
        yield
    finally:
        _sockets[key] -= 1
        if not _sockets[key]:
            del _sockets[key]


class Pace:
    """How fast one socket may talk: a bucket of FRAMES_AT_ONCE frames, refilled by FRAMES_PER_SECOND.

    `clock`: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = float(FRAMES_AT_ONCE)
        self._filled_at = clock()
        self._refused = 0

    def allows(self) -> bool:
        """Whether a frame may be taken now; it counts."""
        now = self._clock()
        self._left = min(FRAMES_AT_ONCE, self._left + (now - self._filled_at) * FRAMES_PER_SECOND)
        self._filled_at = now
        if self._left < 1:
            self._refused += 1
            return False
        self._left -= 1
        self._refused = 0
        return True

    @property
    def hopeless(self) -> bool:
        """Whether the socket goes on although it is refused."""
        return self._refused > MOST_REFUSED
