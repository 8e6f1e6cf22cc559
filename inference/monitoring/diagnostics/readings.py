"""The latest readings of the machine. A rate needs two; nothing is read unless the page is open."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

APART: Final = 0.5  # minimum seconds between two compared readings
SPAN: Final = 10.0  # maximum seconds between them


class Timed(Protocol):
    """Something that was read at a monotonic time `at`."""

    @property
    def at(self) -> float: ...


T = TypeVar("T", bound=Timed)


class Readings(Generic[T]):
    """Keeps the readings within SPAN. Thread-safe."""

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait
        self._kept: deque[T] = deque()
        self._busy = threading.Lock()

    def pair(self, read: Callable[[], T]) -> tuple[T, T]:
        """Return the oldest reading and a new one. Wait if they would be less than APART."""
        with self._busy:
            now = self._take(read)
            if (missing := APART - (now.at - self._kept[0].at)) > 0:
                self._wait(missing)
                now = self._take(read)
            return self._kept[0], now

    def pair_at_once(self, read: Callable[[], T]) -> tuple[T, T] | None:
        """Return the same, or None instead of waiting."""
        with self._busy:
            now = self._take(read)
            return (self._kept[0], now) if now.at - self._kept[0].at >= APART else None

    def _take(self, read: Callable[[], T]) -> T:
        now = read()
        while self._kept and now.at - self._kept[0].at > SPAN:
            self._kept.popleft()
        self._kept.append(now)
        return now
