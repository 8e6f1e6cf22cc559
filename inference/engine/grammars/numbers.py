"""Numbers between bounds as GBNF. Integers have at most 15 digits, so that every client reads them exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final, NamedTuple

from .gbnf import charset, either, literal

LARGEST: Final = 10**15 - 1
_FRACTION: Final = "[0-9]{1,6}"
_FRACTION_NOT_ZERO: Final = "[0-9]{0,5} [1-9]"


class Bounds(NamedTuple):
    """`low` and `high` are included, unless `above` or `below` says otherwise. None: not bounded."""

    low: Fraction | None = None
    high: Fraction | None = None
    above: bool = False
    below: bool = False


def integer_between(bounds: Bounds) -> str | None:
    """Return what matches the integers inside of `bounds`; None if there are none with at most 15 digits."""
    low = -LARGEST if bounds.low is None else math.ceil(bounds.low)
    high = LARGEST if bounds.high is None else math.floor(bounds.high)
    low += bounds.above and low == bounds.low
    high -= bounds.below and high == bounds.high
    low, high = max(low, -LARGEST), min(high, LARGEST)
    if low > high:
        return None
    parts = []
    if low < 0:
        parts.append(f'"-" {_natural(max(1, -high), -low)}')
    if high >= 0:
        parts.append(_natural(max(0, low), high))
    return either(parts)


def number_between(bounds: Bounds) -> str | None:
    """Return what matches numbers inside of `bounds`; None if there is none that can be written.

    A fraction has at most six digits, and there is no exponent. Where a bound is not an integer, the numbers between it
    and the next integer inside are left out.
    """
    low, high, above, below = bounds
    parts = []
    if high is None or high > 0 or (high == 0 and not below):
        natural = low is None or low < 0
        parts += _decimals(Bounds(Fraction(0) if natural else low, high, above and not natural, below))
    if low is None or low < 0:
        positive = high is None or high > 0 or (high == 0 and not below)
        mirrored = Bounds(Fraction(0) if positive or high is None else -high, None if low is None else -low)
        parts += [f'"-" {part}' for part in _decimals(mirrored._replace(above=below and not positive, below=above))]
    return either(parts) if parts else None


def _decimals(bounds: Bounds) -> list[str]:
    """Return alternatives for the numbers inside of bounds that are not negative."""
    low, high, above, below = bounds
    if low is None:
        raise AssertionError("The lower bound of natural numbers is known.")
    first, last = math.ceil(low), LARGEST if high is None else min(math.floor(high), LARGEST)
    parts = []
    if above and first == low and first < last:
        parts.append(f'{literal(str(first))} "." {_FRACTION_NOT_ZERO}')
    first += above and first == low
    if first <= last - 1:
        parts.append(f'{_natural(first, last - 1)} ("." {_FRACTION})?')
    if first <= last and not (below and last == high):
        parts.append(f'{literal(str(last))} ("." "0")?')
    return parts


def _natural(low: int, high: int) -> str:
    """Return what matches the integers from `low` to `high`, both included and not negative."""
    parts = []
    for digits in range(len(str(low)), len(str(high)) + 1):
        start = max(low, 10 ** (digits - 1) if digits > 1 else 0)
        parts.append(_same_length(str(start), str(min(high, 10**digits - 1))))
    return either(parts)


def _same_length(low: str, high: str) -> str:
    if low == high:
        return literal(low)
    if low[0] == high[0]:
        return f"{literal(low[0])} {_same_length(low[1:], high[1:])}"
    rest = len(low) - 1
    if rest == 0:
        return _digits(low, high)
    first, last = int(low[0]), int(high[0])
    parts = []
    if low[1:] != "0" * rest:
        parts.append(f"{literal(low[0])} {_same_length(low[1:], '9' * rest)}")
        first += 1
    high_is_partial = high[1:] != "9" * rest
    last -= high_is_partial
    if first <= last:
        parts.append(f"{_digits(str(first), str(last))} [0-9]{{{rest}}}")
    if high_is_partial:
        parts.append(f"{literal(high[0])} {_same_length('0' * rest, high[1:])}")
    return either(parts)


def _digits(low: str, high: str) -> str:
    return literal(low) if low == high else charset([(ord(low), ord(high))])
