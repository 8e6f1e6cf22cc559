"""Counts per caller and limit, in windows of fixed length. A window begins with the first request in it.

The clock may be set back: a window that begins later than the length of one from now is none.

Each count is one SQL statement that adds and returns the sum, so that concurrent requests are counted exactly.
"""

from __future__ import annotations

import time
from typing import Final

from django.db import connection

from inference.models import RateWindow

from .policy import DAY, Limit, Usage

PRUNE_INTERVAL: Final = 3600.0  # seconds between two deletions of expired windows

_pruned_at = -PRUNE_INTERVAL


def consume(limit: Limit, amount: int) -> Usage:
    """Count `amount` and return the usage. Amounts beyond the limit are counted too."""
    _prune()
    now, expired = time.time(), "(counted.started <= excluded.started - %s OR counted.started > excluded.started + %s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {RateWindow._meta.db_table} AS counted (bucket, started, used) VALUES (%s, %s, %s) "  # noqa: S608 – no user input
            "ON CONFLICT (bucket) DO UPDATE SET "
            f"used = CASE WHEN {expired} THEN excluded.used ELSE counted.used + excluded.used END, "
            f"started = CASE WHEN {expired} THEN excluded.started ELSE counted.started END "
            "RETURNING used, started",
            [limit.bucket, now, amount, *[limit.seconds] * 4],
        )
        [(used, started)] = cursor.fetchall()
    return _usage(limit, used, started, now)


def peek(limit: Limit) -> Usage:
    """Return the usage without counting anything."""
    now = time.time()
    begun = (now - limit.seconds, now + limit.seconds)
    row = RateWindow.objects.filter(bucket=limit.bucket, started__gt=begun[0], started__lte=begun[1]).first()
    return _usage(limit, row.used, row.started, now) if row else Usage(limit, 0, limit.seconds)


def _usage(limit: Limit, used: int, started: float, now: float) -> Usage:
    return Usage(limit, used, min(limit.seconds, started + limit.seconds - now))


def _prune() -> None:
    """Delete expired windows once in a while."""
    global _pruned_at
    if time.monotonic() - _pruned_at >= PRUNE_INTERVAL:
        _pruned_at = time.monotonic()
        RateWindow.objects.filter(started__lt=time.time() - DAY).delete()
