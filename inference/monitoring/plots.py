"""Figures over time as pictures: where axes, bars and lines are, for a template to draw as SVG.

Lengths are units of a picture of WIDTH × HEIGHT. Where nothing is known there is a gap: no line goes across it. A look
is a shape and a tone, so that no series is told from another by its colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final

WIDTH: Final = 400
HEIGHT: Final = 190
LEFT: Final = 46  # of the frame, and so on
RIGHT: Final = 392
TOP: Final = 8
BOTTOM: Final = 164
GAP: Final = 0.18  # of a bin, between bars
MOST_TICKS: Final = 4  # above zero
SECONDS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30),
    *(60, 120, 300, 600, 1800, 3600, 7200, 18_000, 36_000, 86_400),
)

Told = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """Values by bin, None where nothing is known. `look`: classes of the style sheet."""

    name: str
    values: Sequence[float | None]
    look: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series. `path`: of an SVG; `dots`: points without a neighbour. `sum`: what the legend says of it."""

    name: str
    look: str
    path: str
    dots: list[tuple[float, float]]
    sum: str


@dataclass(frozen=True, slots=True)
class Column:
    """One bin, over the frame's whole height, with what it holds."""

    x: float
    width: float
    said: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot, ready to be drawn. `rows`: of the table beneath, without bins that are empty. `about`: for those who do
    not see it; without `drawn`, there was nothing.
    """

    key: str
    title: str
    about: str
    bars: bool
    ticks: list[Tick]
    times: list[Tick]
    drawn: list[Drawn] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)

    WIDTH: ClassVar = WIDTH
    HEIGHT: ClassVar = HEIGHT
    LEFT: ClassVar = LEFT
    RIGHT: ClassVar = RIGHT
    TOP: ClassVar = TOP
    BOTTOM: ClassVar = BOTTOM

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.drawn]


@dataclass(frozen=True, slots=True)
class Time:
    """The bins that all pictures of a page share. `names`: of each bin; `marks`: of some, at their left edges."""

    names: Sequence[str]
    marks: dict[int, str]

    @property
    def ticks(self) -> list[Tick]:
        """Without those whose labels would leave the picture."""
        placed = (Tick(_x(number, len(self.names)), label) for number, label in self.marks.items())
        return [tick for tick in placed if LEFT - 8 <= tick.at <= RIGHT - 8]


def bars(key: str, title: str, time: Time, series: Sequence[Series], unit: str) -> Picture:
    """Counts, stacked in the order given. `unit`: as in `requests`."""
    sums = [sum(each.values[number] or 0 for each in series) for number in range(len(time.names))]
    ticks = whole_ticks(max(sums, default=0))
    top = ticks[-1]
    floors = [0.0] * len(sums)
    drawn = []
    for each in series:
        path = []
        for number, value in enumerate(each.values):
            if value:
                x, width = _x(number + GAP / 2, len(sums)), (RIGHT - LEFT) * (1 - GAP) / len(sums)
                y, bottom = _y(floors[number] + value, top), _y(floors[number], top)
                path.append(f"M{x:.1f} {bottom:.1f}V{y:.1f}h{width:.1f}V{bottom:.1f}z")
                floors[number] += value
        if path:
            drawn.append(Drawn(each.name, each.look, "".join(path), [], amount(sum(map(_number, each.values)))))
    about = f"{amount(sum(sums))} {unit}. The most: {amount(max(sums, default=0))}, {_when(time, sums)}."
    return _picture(
        key,
        title,
        about,
        time,
        series,
        drawn,
        amount,
        [Tick(_y(tick, top), short_amount(tick)) for tick in ticks],
        True,
    )


def lines(
    key: str, title: str, time: Time, series: Sequence[Series], told: Told, steps: Sequence[float] = ()
) -> Picture:
    """Measures. `told`: one with its unit; `steps`: that are round in it."""
    known = [value for each in series for value in each.values if value is not None]
    ticks = round_ticks(max(known, default=0.0), steps)
    top = ticks[-1]
    drawn = []
    for each in series:
        path, dots = _line(each.values, top)
        if path or dots:
            last = next(value for value in reversed(each.values) if value is not None)
            drawn.append(Drawn(each.name, each.look, path, dots, f"last {told(last)}"))
    highest = [
        max((value for each in series if (value := each.values[number]) is not None), default=0.0)
        for number in range(len(time.names))
    ]
    about = f"At most {told(max(known, default=0.0))}, {_when(time, highest)}."
    return _picture(
        key, title, about, time, series, drawn, told, [Tick(_y(tick, top), told(tick)) for tick in ticks], False
    )


def _picture(
    key: str,
    title: str,
    about: str,
    time: Time,
    series: Sequence[Series],
    drawn: list[Drawn],
    told: Told,
    ticks: list[Tick],
    stacked: bool,
) -> Picture:
    if not drawn:
        return Picture(key, title, "Nothing in this time.", stacked, [], time.ticks)
    names = {each.name for each in drawn}
    there = [each for each in series if each.name in names]
    columns, rows = [], []
    width = (RIGHT - LEFT) / len(time.names)
    for number, name in enumerate(time.names):
        values = [each.values[number] for each in there]
        if not any(value is not None and (value or not stacked) for value in values):
            continue
        cells = ["–" if value is None else told(value) for value in values]
        rows.append((name, cells))
        said = ", ".join(
            f"{each.name} {cell}"
            for each, cell, value in zip(there, cells, values, strict=True)
            if value is not None and (value or not stacked)
        )
        columns.append(Column(round(_x(number, len(time.names)), 1), round(width, 1), f"{name}: {said}"))
    return Picture(key, title, about, stacked, ticks, time.ticks, drawn, columns, rows)


def whole_ticks(most: float) -> list[float]:
    """From 0 to at least `most`, in whole steps of 1, 2 or 5 and their tens."""
    return _ticks(most, [step * 10**power for power in range(13) for step in (1, 2, 5)])


def round_ticks(most: float, steps: Sequence[float] = ()) -> list[float]:
    """From 0 to at least `most`, in steps of 1, 2 or 5 and their tens and tenths, or in those given."""
    return _ticks(most, steps or [step * 10.0**power for power in range(-3, 13) for step in (1, 2, 5)])


def _ticks(most: float, steps: Sequence[float]) -> list[float]:
    step = next((step for step in steps if step * MOST_TICKS >= most), steps[-1])
    return [number * step for number in range(max(1, math.ceil(most / step - 1e-9)) + 1)]


def seconds(value: float) -> str:
    """As in `250 ms`, `1.5 s`, `12 s`, `3 min`."""
    if not value:
        return "0 s"
    if value < 0.0995:
        return f"{value * 1000:.0f} ms" if value >= 0.00095 else f"{value * 1000:.1g} ms"
    if value < 9.95:
        return f"{value:.2f}".rstrip("0").rstrip(".") + " s"
    if value < 120:
        return f"{value:.0f} s"
    return (
        f"{value / 60:.1f}".removesuffix(".0") + " min"
        if value < 7200
        else f"{value / 3600:.1f}".removesuffix(".0") + " h"
    )


def amount(value: float) -> str:
    """As in `12,000`; from a million on as in `1.2 M`."""
    if value >= 1_000_000_000:
        return f"{value / 1e9:.1f}".removesuffix(".0") + " G"
    return f"{value / 1e6:.1f}".removesuffix(".0") + " M" if value >= 1_000_000 else f"{value:,.0f}"


def short_amount(value: float) -> str:
    """As in `100 k`, where there is room for no more."""
    return f"{value / 1000:,.0f} k" if 100_000 <= value < 1_000_000 else amount(value)


def speed(value: float) -> str:
    """Tokens a second, as in `18.4`."""
    return f"{value:.1f}".removesuffix(".0") if value < 100 else f"{value:,.0f}"


def local_time(moment: datetime, form: str) -> str:
    """As `strftime`, in which `%-d` is a day without a zero."""
    return moment.strftime(form.replace("%-d", str(moment.day)))


def _line(values: Sequence[float | None], top: float) -> tuple[str, list[tuple[float, float]]]:
    """A path that begins anew after each gap, and the points that have no neighbour."""
    path, dots = [], []
    for number, value in enumerate(values):
        if value is None:
            continue
        x, y = _x(number + 0.5, len(values)), _y(value, top)
        before = number > 0 and values[number - 1] is not None
        after = number + 1 < len(values) and values[number + 1] is not None
        if not before and not after:
            dots.append((round(x, 1), round(y, 1)))
        else:
            path.append(f"{'L' if before else 'M'}{x:.1f} {y:.1f}")
    return "".join(path), dots


def _when(time: Time, values: Sequence[float]) -> str:
    highest = max(range(len(values)), key=values.__getitem__, default=0)
    return time.names[highest] if time.names else ""


def _number(value: float | None) -> float:
    return value or 0.0


def _x(number: float, bins: int) -> float:
    return LEFT + (RIGHT - LEFT) * number / bins


def _y(value: float, top: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / top
