"""How it went over an hour, a day or a month: the history's figures as pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from inference.engine import FinishReason
from inference.history.queries import Bin
from inference.models import EngineEvent, GenerationRecord

from . import plots
from .plots import Picture, Series, Time

MINUTE: Final = timedelta(minutes=1)
MOST_KINDS: Final = 3  # of errors, by name; more of them together
LOOKS_OF_ERRORS: Final = ("bad full", "bad half", "bad hollow", "bad dots")
REASONS: Final = (
    (FinishReason.STOP, "ended by itself", "accent full"),
    (FinishReason.LENGTH, "cut by length", "accent half"),
    (FinishReason.CANCELLED, "cancelled", "accent hollow"),
    (FinishReason.ERROR, "failed", "bad dots"),
)
EVENTS: Final = (
    (EngineEvent.Kind.CRASH, "crashes", "bad half"),
    (EngineEvent.Kind.START, "starts of the engine", "accent full"),
    (EngineEvent.Kind.CHANGE, "changes", "accent hollow"),
)


@dataclass(frozen=True, slots=True)
class Over:
    """A time to look at. `every`: how many bins are from one mark of the axis to the next."""

    key: str
    name: str
    bins: int
    width: timedelta
    each: str
    every: int


HOUR: Final = Over("hour", "Hour", 60, MINUTE, "minute", 10)
DAY: Final = Over("day", "Day", 48, 30 * MINUTE, "half hour", 8)
MONTH: Final = Over("month", "Month", 30, timedelta(days=1), "day", 5)
SPANS: Final = {over.key: over for over in (HOUR, DAY, MONTH)}


@dataclass(frozen=True, slots=True)
class Course:
    """`pictures`, and the figures of all bins together."""

    over: Over
    since: datetime
    until: datetime
    pictures: list[Picture]
    requests: int
    errors: int
    prompt_tokens: int
    generated_tokens: int


def course(over: Over) -> Course:
    """Until now; bins begin at whole minutes, half hours and days of the server's time zone."""
    until = _end(over, timezone.localtime())
    since = until - over.bins * over.width
    bins = GenerationRecord.objects.for_plots(since, over.bins, until)
    events = EngineEvent.objects.for_plots(since, over.bins, until)
    time = _time(over, since)
    return Course(
        over=over,
        since=since,
        until=until,
        pictures=[
            plots.bars("requests", "Requests", time, _by_reason(bins), "requests"),
            plots.lines(
                "first-token",
                "Time to first token",
                time,
                _percentiles(bins, "first_token"),
                plots.seconds,
                plots.SECONDS,
            ),
            plots.lines(
                "speed",
                "Tokens per second",
                time,
                [Series("of an answer", [each.tokens_per_second for each in bins], "accent solid")],
                plots.speed,
            ),
            plots.lines("queue", "Wait in the queue", time, _percentiles(bins, "queue"), plots.seconds, plots.SECONDS),
            plots.bars("tokens", "Tokens", time, _tokens(bins), "tokens"),
            plots.bars("errors", "Errors by kind", time, _errors(bins), "errors"),
            plots.bars(
                "events",
                "Starts and crashes",
                time,
                [Series(name, [each.get(kind, 0) for each in events], look) for kind, name, look in EVENTS],
                "events",
            ),
        ],
        requests=sum(each.requests for each in bins),
        errors=sum(each.reasons.get(FinishReason.ERROR, 0) for each in bins),
        prompt_tokens=sum(each.prompt_tokens for each in bins),
        generated_tokens=sum(each.generated_tokens for each in bins),
    )


def _end(over: Over, now: datetime) -> datetime:
    """Of the bin that is under way."""
    if over is MONTH:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + over.width
    step = int(over.width / MINUTE)
    return now.replace(minute=now.minute // step * step, second=0, microsecond=0) + over.width


def _time(over: Over, since: datetime) -> Time:
    """What bins and marks are called; the last bin is still under way."""
    starts = [timezone.localtime(since + number * over.width) for number in range(over.bins)]
    if over is MONTH:
        names = [plots.local_time(start, "%a %-d %b") for start in starts]
        marks = {number: plots.local_time(start, "%-d %b") for number, start in enumerate(starts)}
        return Time(_so_far(names), {number: mark for number, mark in marks.items() if number % over.every == 0})
    names = [f"{start:%H:%M} to {start + over.width:%H:%M}" for start in starts]
    minutes = int(over.every * over.width / MINUTE)
    whole = [number for number, start in enumerate(starts) if (start.hour * 60 + start.minute) % minutes == 0]
    return Time(_so_far(names), {number: f"{starts[number]:%H:%M}" for number in whole})


def _so_far(names: list[str]) -> list[str]:
    return [*names[:-1], f"{names[-1]}, so far"]


def _by_reason(bins: Sequence[Bin]) -> list[Series]:
    return [Series(name, [each.reasons.get(reason, 0) for each in bins], look) for reason, name, look in REASONS]


def _tokens(bins: Sequence[Bin]) -> list[Series]:
    return [
        Series("generated", [each.generated_tokens for each in bins], "accent full"),
        Series("of prompts", [each.prompt_tokens for each in bins], "accent half"),
    ]


def _percentiles(bins: Sequence[Bin], name: str) -> list[Series]:
    """The slow ones first, so that the others are drawn over them."""
    return [
        Series("p95", [getattr(each, f"{name}_p95") for each in bins], "ink dashed"),
        Series("p50", [getattr(each, f"{name}_p50") for each in bins], "accent solid"),
    ]


def _errors(bins: Sequence[Bin]) -> list[Series]:
    """The most frequent codes, and all others together."""
    counted: Counter[str] = Counter()
    for each in bins:
        counted.update(each.errors)
    codes = [code for code, _ in counted.most_common()]
    named, rest = (codes, []) if len(codes) <= len(LOOKS_OF_ERRORS) else (codes[:MOST_KINDS], codes[MOST_KINDS:])
    told = [(code, [code]) for code in named] + ([("others", rest)] if rest else [])
    return [
        Series(name, [sum(each.errors.get(code, 0) for code in among) for each in bins], look)
        for (name, among), look in zip(told, LOOKS_OF_ERRORS, strict=False)
    ]
