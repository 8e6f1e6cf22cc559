"""The limits on the number of sockets and on the rate of frames."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from chat.transport.limits import FrameRate, SocketLimits, TooManySockets, counted

LIMITS = SocketLimits()


def test_sockets_are_counted_by_key_and_released() -> None:
    with ExitStack() as places:
        for _ in range(3):
            places.enter_context(counted("a", 3))
        with pytest.raises(TooManySockets), counted("a", 3):
            pass
        with counted("b", 3):
            pass
    with counted("a", 1):
        pass


def test_a_burst_is_accepted_and_then_the_rate_applies() -> None:
    now = 0.0
    rate = FrameRate(LIMITS, lambda: now)
    assert sum(rate.allows() for _ in range(LIMITS.burst + 10)) == LIMITS.burst
    now += 1
    assert sum(rate.allows() for _ in range(LIMITS.burst)) == LIMITS.frames_per_second
    now += 1000
    assert sum(rate.allows() for _ in range(LIMITS.burst + 10)) == LIMITS.burst


def test_only_a_socket_that_keeps_sending_while_refused_has_flooded() -> None:
    now = 0.0
    rate = FrameRate(LIMITS, lambda: now)
    for _ in range(LIMITS.burst + LIMITS.max_refused):
        rate.allows()
    assert not rate.flooded
    now += 1
    assert rate.allows()
    while rate.allows():
        pass
    for _ in range(LIMITS.max_refused):
        rate.allows()
    assert rate.flooded
