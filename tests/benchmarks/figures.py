"""Figures, their targets, and the results of all rows in a file."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Target:
    """A limit on a figure. `at_least`: it must be reached, and otherwise not exceeded."""

    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """One figure: a value for each round, and what it should be."""

    name: str
    values: Sequence[float]
    unit: str = ""
    target: Target | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "met" if self.target.met(self.median) else "**missed**"


@dataclass
class Result:
    """What a row measured, and under which circumstances. `table`: a growth table, header first."""

    number: int
    figures: list[Figure] = field(default_factory=list)
    table: list[list[Any]] = field(default_factory=list)
    date: str = ""
    commit: str = ""
    machine: str = ""
    model: str = ""
    engine: str = ""
    load: float = 0.0
    rounds: int = 0
    seconds: float = 0.0


class Results:
    """The results of all rows, in a file that later runs update row by row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        stored = json.loads(path.read_text()) if path.exists() else {}
        self.rows = {int(number): _result(row) for number, row in stored.items()}

    def keep(self, result: Result) -> None:
        self.rows[result.number] = result
        rows = {number: asdict(self.rows[number]) for number in sorted(self.rows)}
        text = json.dumps(rows, indent=1, ensure_ascii=False, default=list)
        self.path.write_text(text + "\n")


def _result(row: dict[str, Any]) -> Result:
    figures = [
        Figure(**each | {"target": Target(**each["target"]) if each["target"] else None}) for each in row.pop("figures")
    ]
    return Result(figures=figures, **row)


def ratio(name: str, above: Sequence[float], below: Sequence[float], target: Target | None = None) -> Figure:
    """Return the ratios of two series, round by round."""
    return Figure(name, [one / other for one, other in zip(above, below, strict=True)], "", target)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def rounded(value: float) -> float:
    """Round to three significant digits."""
    return float(f"{value:.3g}")


Measure = Callable[[Any], list[Figure]]
