"""Which two readings of the machine are compared."""

from __future__ import annotations

from dataclasses import replace

from inference.machine.reading import Reading
from inference.monitoring.diagnostics import Readings

from .evidence import CALM


def test_readings_are_compared_with_the_oldest_of_the_last_seconds() -> None:
    clock = [0.0]
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    def read() -> Reading:
        return replace(CALM, at=clock[0])

    readings = Readings(wait)
    assert readings.pair_at_once(read) is None
    first, second = readings.pair(read)
    assert second.at - first.at == waited[0] == 0.5
    clock[0] = 4.0
    first, second = readings.pair(read)
    assert (first.at, second.at) == (0.0, 4.0)
    clock[0] = 60.0
    first, second = readings.pair(read)
    assert (first.at, second.at) == (60.0, 60.5)
    assert len(waited) == 2
    clock[0] = 62.0
    assert readings.pair_at_once(read) is not None
