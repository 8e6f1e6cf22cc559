"""Running answers per API key, counted in memory: one process generates them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from inference.models import ApiKey

from .policy import too_many_at_once

_running: Counter[int] = Counter()  # by the key's primary key


@contextmanager
def place(key: ApiKey | None) -> Iterator[None]:
    """Hold one of the key's places for concurrent answers. Raise LimitReached if it has none left."""
    if key is None or key.at_once is None:
        yield
        return
    if _running[key.pk] >= key.at_once:
        raise too_many_at_once(key.at_once)
    _running[key.pk] += 1
    try:
        yield
    finally:
        _running[key.pk] -= 1
        if not _running[key.pk]:
            del _running[key.pk]


def running() -> dict[int, int]:
    """Return the number of running answers by key."""
    return dict(_running)
