"""How many sockets there may be, and how fast one may talk."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from chat.transport.limits import FRAMES_AT_ONCE, FRAMES_PER_SECOND, MOST_REFUSED, Pace, TooManySockets, counted


def test_places_are_counted_by_key_and_given_back() -> None:
    with ExitStack() as places:
        for _ in range(3):
            places.enter_context(counted("a", 3))
        with pytest.raises(TooManySockets), counted("a", 3):
            pass
        with counted("b", 3):
            pass
    with counted("a", 1):
        pass


def test_a_burst_is_taken_and_then_the_rate_holds() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert sum(pace.allows() for _ in range(FRAMES_AT_ONCE + 10)) == FRAMES_AT_ONCE
    now += 1
    assert sum(pace.allows() for _ in range(FRAMES_AT_ONCE)) == FRAMES_PER_SECOND
    now += 1000
    assert sum(pace.allows() for _ in range(FRAMES_AT_ONCE + 10)) == FRAMES_AT_ONCE


def test_only_who_goes_on_while_refused_is_hopeless() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    for _ in range(FRAMES_AT_ONCE + MOST_REFUSED):
        pace.allows()
    assert not pace.hopeless
    now += 1
    assert pace.allows()
    while pace.allows():
        pass
    for _ in range(MOST_REFUSED):
        pace.allows()
    assert pace.hopeless
