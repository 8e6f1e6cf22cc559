"""The errors of requests that get no place, with when to try again.

`estimate`: seconds until a place is likely to be free, None if there is nothing to go by.
"""

from __future__ import annotations

from inference.engine.errors import CallerBusy, EngineStopping, QueueFull, QueueTimeout

DEFAULT_RETRY_AFTER = 1.0  # seconds


def queue_full(waiting: int, estimate: float | None) -> QueueFull:
    """Return the error of a request that the queue has no room for, or that is displaced from it."""
    return QueueFull(
        f"The queue is full: {waiting} requests are waiting. Try again later.", estimate or DEFAULT_RETRY_AFTER
    )


def caller_busy(count: int, limit: int, estimate: float | None, average_seconds: float | None) -> CallerBusy:
    """Return the error of a caller that has reached its limit. `estimate`: until the first of its requests begins."""
    return CallerBusy(
        f"{count} requests of this caller are waiting or being answered, and the limit is {limit}. "
        "Wait for one of them to end.",
        (estimate or 0.0) + (average_seconds or DEFAULT_RETRY_AFTER),
    )


def queue_timeout(seconds: float, ahead: int, estimate: float | None, *, paused: bool) -> QueueTimeout:
    """Return the error of a request that has waited for `seconds`, with `ahead` requests before it."""
    why = "An administrator has paused the engine" if paused else "No place became free"
    return QueueTimeout(
        f"{why}. The request has waited for {seconds:g} s, and {ahead} requests are still ahead of it. "
        "Try again later.",
        estimate or DEFAULT_RETRY_AFTER,
    )


def stopping() -> EngineStopping:
    """Return the error of every request that the end of the server cuts short."""
    return EngineStopping("The server is shutting down. Try again later.")
