"""When to launch again after processes died: exponential back-off with jitter, and when something must be broken."""

from __future__ import annotations

import random
from collections import deque

WINDOW = 60.0  # seconds
MOST = 5  # deaths in the window; with more, the pool is failed
FIRST_DELAY, LONGEST_DELAY = 0.5, 60.0  # seconds


class Deaths:
    """Deaths of processes that no request caused: launches ahead that failed, standbys and residents that died.

    `now`: monotonic seconds.
    """

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MOST + 1)
        self._in_a_row = 0
        self.reason = ""  # of the last one
        self.retry_at = 0.0
        self.count = 0

    def add(self, now: float, reason: str) -> None:
        self.count += 1
        self.reason = reason
        self._times.append(now)
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2**self._in_a_row)
        self._in_a_row = min(self._in_a_row + 1, 16)
        self.retry_at = now + delay * random.uniform(0.75, 1.25)  # noqa: S311 – spreads launches, hides nothing

    def healthy(self) -> None:
        """A process became ready or answered: the next death is the first again."""
        self._in_a_row = 0
        self._times.clear()

    def failed(self, now: float) -> bool:
        """Whether more died in the window than chance explains: a bad model file, say."""
        return len(self._times) > MOST and now - self._times[0] < WINDOW + LONGEST_DELAY
