"""Figures over time as plots: values, ticks and texts, which the page draws and shows as a table.

Unknown values are gaps, which no line crosses. A look is a tone and a shape, so that series differ without colours too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MAX_TICKS: Final = 4  # above zero
SECONDS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30),
    *(60, 120, 300, 600, 1800, 3600, 7200, 18_000, 36_000, 86_400),
)
NOTHING: Final = "No data in this period."

Format = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """Values by bin, None where nothing is known. `look`: a tone and a shape, as in `accent half`."""

    name: str
    values: Sequence[float | None]
    look: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: at a value, or at the left edge of the bin with this number."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series of a plot. `labels`: the formatted values; `sum`: their total or the last one, for the legend."""

    name: str
    look: str
    values: list[float | None]
    labels: list[str]
    sum: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot, ready to be drawn: stacked bars, or lines. Without any values `drawn` is empty.

    `about`: a summary in words; `rows`: of the table, without empty bins.
    """

    key: str
    title: str
    about: str
    stacked: bool
    bins: Sequence[str]
    ticks: list[Tick]
    times: list[Tick]
    drawn: list[Drawn] = field(default_factory=list)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.drawn]

    @property
    def data(self) -> str:
        """What the page's script draws, as JSON."""
        drawing = {
            "stacked": self.stacked,
            "bins": list(self.bins),
            "ticks": [[tick.at, tick.label] for tick in self.ticks],
            "times": [[tick.at, tick.label] for tick in self.times],
            "series": [
                {"name": each.name, "look": each.look, "values": each.values, "labels": each.labels}
                for each in self.drawn
            ],
        }
        return json.dumps(drawing, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Time:
    """The bins that all plots of a page share. `marks`: labels at the left edges of some bins."""

    names: Sequence[str]
    marks: dict[int, str]

    @property
    def ticks(self) -> list[Tick]:
        """The marks at bins, without one at the right edge, where its label would not fit."""
        return [Tick(number, label) for number, label in self.marks.items() if 0 <= number < len(self.names)]


def bars(key: str, title: str, time: Time, series: Sequence[Series], unit: str) -> Plot:
    """Plot counts as bars, stacked in the order given. `unit`: of one, as in `request`."""
    sums = [sum(each.values[number] or 0 for each in series) for number in range(len(time.names))]
    shown = [each for each in series if any(each.values)]
    total = sum(sums)
    counted = f"{amount(total)} {unit}{'' if total == 1 else 's'}"
    about = f"{counted}. Peak: {amount(max(sums, default=0))}, {_peak(time, sums)}."
    ticks = [Tick(tick, short_amount(tick)) for tick in whole_ticks(max(sums, default=0))]
    totals = [amount(sum(value or 0 for value in each.values)) for each in shown]
    return _plot(key, title, about, time, list(zip(shown, totals, strict=True)), amount, ticks, stacked=True)


def lines(
    key: str, title: str, time: Time, series: Sequence[Series], form: Format, steps: Sequence[float] = ()
) -> Plot:
    """Plot measurements as lines. `form`: formats one with its unit; `steps`: between ticks, round in that unit."""
    known = [value for each in series for value in each.values if value is not None]
    highest = [
        max((value for each in series if (value := each.values[number]) is not None), default=0.0)
        for number in range(len(time.names))
    ]
    shown = []
    for each in series:
        last = next((value for value in reversed(each.values) if value is not None), None)
        if last is not None:
            shown.append((each, f"last {form(last)}"))
    about = f"Peak: {form(max(known, default=0.0))}, {_peak(time, highest)}."
    ticks = [Tick(tick, form(tick)) for tick in round_ticks(max(known, default=0.0) or 1.0, steps)]
    return _plot(key, title, about, time, shown, form, ticks, stacked=False)


def _plot(
    key: str,
    title: str,
    about: str,
    time: Time,
    shown: list[tuple[Series, str]],
    form: Format,
    ticks: list[Tick],
    *,
    stacked: bool,
) -> Plot:
    if not shown:
        return Plot(key, title, NOTHING, stacked, time.names, [], time.ticks)
    drawn = [
        Drawn(
            each.name,
            each.look,
            list(each.values),
            ["–" if value is None else form(value) for value in each.values],
            total,
        )
        for each, total in shown
    ]
    rows = [
        (name, [each.labels[number] for each in drawn])
        for number, name in enumerate(time.names)
        if any((value := each.values[number]) is not None and (value or not stacked) for each in drawn)
    ]
    return Plot(key, title, about, stacked, time.names, ticks, time.ticks, drawn, rows)


def whole_ticks(highest: float) -> list[float]:
    """Return ticks from 0 to at least `highest`, in whole steps of 1, 2 or 5 and their tens."""
    return _ticks(highest, [step * 10**power for power in range(13) for step in (1, 2, 5)])


def round_ticks(highest: float, steps: Sequence[float] = ()) -> list[float]:
    """Return ticks from 0 to at least `highest`, in steps of 1, 2 or 5, their tens and tenths, or in those given."""
    return _ticks(highest, steps or [step * 10.0**power for power in range(-3, 13) for step in (1, 2, 5)])


def _ticks(highest: float, steps: Sequence[float]) -> list[float]:
    step = next((step for step in steps if step * MAX_TICKS >= highest), steps[-1])
    return [number * step for number in range(max(1, math.ceil(highest / step - 1e-9)) + 1)]


def seconds(value: float) -> str:
    """Format as in `250 ms`, `1.5 s`, `12 s`, `3 min`."""
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
    """Format as in `12,000`; from a million on as in `1.2 M`."""
    if value >= 1_000_000_000:
        return f"{value / 1e9:.1f}".removesuffix(".0") + " G"
    return f"{value / 1e6:.1f}".removesuffix(".0") + " M" if value >= 1_000_000 else f"{value:,.0f}"


def short_amount(value: float) -> str:
    """Format as in `1.5 k`, for labels of an axis."""
    return f"{value / 1000:g} k" if 1000 <= value < 1_000_000 else amount(value)


def speed(value: float) -> str:
    """Format tokens per second, as in `18.4`."""
    return f"{value:.1f}".removesuffix(".0") if value < 100 else f"{value:,.0f}"


def local_time(moment: datetime, form: str) -> str:
    """Format as `strftime` does; `%-d` is a day without a leading zero on every system."""
    return moment.strftime(form.replace("%-d", str(moment.day)))


def _peak(time: Time, values: Sequence[float]) -> str:
    highest = max(range(len(values)), key=values.__getitem__, default=0)
    return time.names[highest] if time.names else ""
