"""When to launch again after processes died: exponential back-off with jitter, and when something must be broken."""

from __future__ import annotations

import random

HEALTHY = 60.0  # seconds without a death, after which the next one is the first again
MOST = 5  # deaths in a row; with more, the pool is failed
FIRST_DELAY, LONGEST_DELAY = 0.5, 60.0  # seconds


class Deaths:
    """Deaths of processes that no request caused: launches ahead that failed, standbys and residents that died.

    They are in a row until a process is ready and none dies for a while: others would be launched for ever that die as
    soon as they are ready. So more than `MOST` within `HEALTHY` seconds are always a row. `now`: monotonic seconds.
    """

    def __init__(self) -> None:
        self._in_a_row = 0
        self._healthy_since: float | None = None
        self.reason = ""  # of the last one
        self.retry_at = 0.0
        self.count = 0

    def add(self, now: float, reason: str) -> None:
        if self._healthy_since is not None and now - self._healthy_since >= HEALTHY:
            self._in_a_row = 0
        self._healthy_since = None
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(self._in_a_row, 16))
        self.retry_at = now + delay * random.uniform(0.75, 1.25)  # noqa: S311 – spreads launches, hides nothing
        self._in_a_row += 1
        self.count += 1
        self.reason = reason

    def forgive(self) -> None:
        """Another engine was proved to work: what the one before did says nothing any more."""
        self._in_a_row, self._healthy_since, self.retry_at = 0, None, 0.0

    def healthy(self, now: float) -> None:
        """A process became ready."""
        if self._healthy_since is None:
            self._healthy_since = now

    @property
    def repeated(self) -> bool:
        """Whether the launch after a death failed too, and none is ready since."""
        return self._in_a_row > 1 and self._healthy_since is None

    @property
    def failed(self) -> bool:
        """Whether more died in a row than chance explains, a bad model file say, and none is ready since."""
        return self._in_a_row > MOST and self._healthy_since is None
