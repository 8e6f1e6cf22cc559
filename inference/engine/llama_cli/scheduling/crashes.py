"""Crashes of processes: how many, when to launch again, and when a model has failed."""

from __future__ import annotations

import random
from collections.abc import Collection

HEALTHY_AFTER = 60.0  # seconds without a crash, after which the next one counts as the first
MAX_IN_A_ROW = 5  # with more, the model has failed
MAX_DELAY = 60.0  # seconds


class Crashes:
    """Counts the crashes of one model's processes, and backs off exponentially, with jitter, from launching after them.

    Only crashes that no request caused hold back launches: prelaunches that failed, standbys and residents that
    crashed. They are consecutive until a process becomes ready and none crashes for `HEALTHY_AFTER` seconds; otherwise
    processes that crash right after becoming ready would be launched forever. `first_delay`: seconds. `now`: monotonic
    seconds.
    """

    def __init__(self, first_delay: float) -> None:
        self._first_delay = first_delay
        self._in_a_row = 0
        self._healthy_since: float | None = None
        self.reason = ""  # of the last crash that no request caused
        self.retry_at = 0.0
        self.count = 0

    def add(self, now: float, reason: str) -> None:
        """Record a crash that no request caused."""
        if self._healthy_since is not None and now - self._healthy_since >= HEALTHY_AFTER:
            self._in_a_row = 0
        self._healthy_since = None
        delay = min(MAX_DELAY, self._first_delay * 2 ** min(self._in_a_row, 16))
        self.retry_at = now + delay * random.uniform(0.75, 1.25)  # noqa: S311 – spreads launches, not a secret
        self._in_a_row += 1
        self.count += 1
        self.reason = reason

    def healthy(self, now: float) -> None:
        """Record that a process became ready."""
        if self._healthy_since is None:
            self._healthy_since = now

    @property
    def repeated(self) -> bool:
        """Whether the launch after a crash failed too, and no process has become ready since."""
        return self._in_a_row > 1 and self._healthy_since is None

    @property
    def failed(self) -> bool:
        """Whether more processes crashed in a row than chance explains, and none has become ready since."""
        return self._in_a_row > MAX_IN_A_ROW and self._healthy_since is None


class CrashLog:
    """The crashes of all models' processes, by engine digest: those of one model do not count against the others.

    `count`: of crashes that no request caused, since the start. `during_requests`: of the others.
    """

    def __init__(self, first_delay: float) -> None:
        self.count = 0
        self.during_requests = 0
        self._first_delay = first_delay
        self._by_engine: dict[str, Crashes] = {}

    def of(self, engine: str) -> Crashes:
        """Return the crashes of one engine digest."""
        return self._by_engine.setdefault(engine, Crashes(self._first_delay))

    def add(self, engine: str, now: float, reason: str) -> None:
        """Record a crash that no request caused."""
        self.count += 1
        self.of(engine).add(now, reason)

    def add_during_request(self) -> None:
        """Record a crash that a request may have caused. It does not hold back launches."""
        self.during_requests += 1

    def held_back(self, now: float) -> set[str]:
        """Return the engines of which nothing is to be launched ahead of demand now."""
        return {engine for engine, crashes in self._by_engine.items() if now < crashes.retry_at}

    def keep_only(self, engines: Collection[str]) -> None:
        """Forget the crashes of all others: another binary or model has been proved to work."""
        self._by_engine = {engine: crashes for engine, crashes in self._by_engine.items() if engine in engines}
