"""Ranges of numbers in GBNF."""

from __future__ import annotations

from .json_rules import FRACTION_DIGITS, INTEGER_DIGITS

MAX_INTEGER = 10**INTEGER_DIGITS - 1


def integer_range(low: int | None, high: int | None) -> str:
    """Return alternatives for the integers from `low` to `high`; None: as far as JSON's rules go."""
    low = -MAX_INTEGER if low is None else max(low, -MAX_INTEGER)
    high = MAX_INTEGER if high is None else min(high, MAX_INTEGER)
    parts = []
    if low < 0:
        parts += [f'"-" ({" | ".join(_naturals(max(1, -high), -low))})']
    if high >= 0:
        parts += _naturals(max(0, low), high)
    return " | ".join(parts)


def number_range(low: int | None, high: int | None) -> str:
    """Return alternatives for the decimal numbers from `low` to `high`, without exponents."""
    parts = []
    if low is None or low < 0:
        least = 0 if high is None else max(0, -high)
        parts.append(f'"-" ({_magnitudes(least, None if low is None else -low)})')
    if high is None or high >= 0:
        parts.append(_magnitudes(max(0, low or 0), high))
    return " | ".join(parts)


def _magnitudes(low: int, high: int | None) -> str:
    """Return alternatives for the numbers from `low` to `high`, both at least 0."""
    last = MAX_INTEGER if high is None else high - 1
    parts = [f"({' | '.join(_naturals(low, last))}) fraction?"] if low <= last else []
    if high is not None:
        parts.append(f'"{high}" ("." "0"{{1,{FRACTION_DIGITS}}})?')
    return " | ".join(parts)


def _naturals(low: int, high: int) -> list[str]:
    """Return alternatives for the integers from `low` to `high`, both at least 0: one for each run of digits."""
    alternatives = []
    while low <= high:
        # The longest run from `low`: its last digits are free, and stand after at least one that is not.
        free = len(str(low)) - len(str(low).rstrip("0")) if low else 0
        free = min(free, len(str(low)) - 1)
        while low + 10**free - 1 > high:
            free -= 1
        start, step = low // 10**free, 10**free
        last = min(start // 10 * 10 + 9, (high + 1) // step - 1)
        alternatives.append(_run(str(start)[:-1], start % 10, last % 10, free))
        low = (last + 1) * step
    return alternatives


def _run(start: str, first: int, last: int, free: int) -> str:
    """Return the numbers that begin with `start`, then a digit from `first` to `last`, then `free` digits."""
    parts = [f'"{start}"'] if start else []
    parts.append(f"[{first}-{last}]" if first < last else f'"{first}"')
    if free:
        parts.append(f"[0-9]{{{free},{free}}}")
    return " ".join(parts)
