"""The content of a generation's page: the duration of each phase as a bar, its speed, and two answers side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from inference.models import GenerationRecord

from .reproduce import Comparison

WIDTH: Final = 1000.0  # of the drawing area of a bar
MIN_WIDTH: Final = 3.0  # of a bar, so that short phases are visible


@dataclass(frozen=True, slots=True)
class Phase:
    """`seconds` is None if the phase was not reached. `x` and `width` are positions from 0 to WIDTH."""

    name: str
    seconds: float | None
    x: float = 0.0
    width: float = 0.0
    opacity: float = 1.0  # of the accent colour


def phases(record: GenerationRecord) -> list[Phase]:
    """Return the phases in order; those that are known span the whole width."""
    timed = (
        ("Queue", record.queue, 0.35),
        ("Prompt", _until_first_token(record), 0.6),
        ("Answer", record.decode, 1.0),
    )
    total = sum(seconds or 0.0 for _, seconds, _ in timed)
    bars, x = [], 0.0
    for name, seconds, opacity in timed:
        width = (seconds or 0.0) / total * WIDTH if total else 0.0
        shown = 0.0 if seconds is None else max(width, MIN_WIDTH)
        bars.append(Phase(name, seconds, round(min(x, WIDTH - shown), 1), round(shown, 1), opacity))
        x += width
    return bars


def _until_first_token(record: GenerationRecord) -> float | None:
    """Return the seconds of the prompt and of the first token, which follows it within a millisecond or two."""
    return None if record.prompt_time is None else record.prompt_time + (record.first_token or 0.0)


def other_sampling(record: GenerationRecord) -> list[tuple[str, str]]:
    """Return name and value of the sampling parameters without a column of their own, where they were used."""
    shown = []
    for name, value in record.sampling.items():
        if name == "logit_bias":
            value = f"{len(value)} token{'s' if len(value) > 1 else ''}"
        elif name == "grammar":
            value = f"{len(value):,} characters"
        shown.append((name.replace("_", " ").capitalize(), f"{value}"))
    return shown


def total_seconds(record: GenerationRecord) -> float | None:
    """Return the duration of the request; None if the engine reported no timings."""
    if record.first_token is None and record.decode is not None:
        return None  # of an answer that was cut off, only the decoding is known
    known = [each for each in (record.queue, record.prompt_time, record.first_token, record.decode) if each is not None]
    return sum(known) if known else None


def time_to_first_token(record: GenerationRecord) -> float | None:
    """Return the seconds from the request to the first token."""
    if record.first_token is None:
        return None
    return (record.queue or 0.0) + (record.prompt_time or 0.0) + record.first_token


@dataclass(frozen=True, slots=True)
class Side:
    """One of two compared answers: the common beginning, the first word that differs, and the rest."""

    common: str
    different: str = ""
    rest: str = ""
    ends: bool = False  # this answer ends where the other continues


def sides(comparison: Comparison) -> tuple[Side, Side]:
    """Return both answers, split at the first difference."""
    first, second = (_side(text, comparison.differs_at) for text in (comparison.first, comparison.second))
    return first, second


def _side(text: str, at: int | None) -> Side:
    if at is None:
        return Side(text)
    end = at
    while end < len(text) and (end == at or not text[end].isspace()):
        end += 1
    return Side(text[:at], text[at:end], text[end:], ends=at >= len(text))
