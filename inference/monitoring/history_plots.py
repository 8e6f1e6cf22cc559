"""The history over an hour, a day or a month, as plots."""

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
from .plots import Plot, Series, Time

MINUTE: Final = timedelta(minutes=1)
MAX_KINDS: Final = 3  # of errors shown by name; the others are added up
LOOKS_OF_ERRORS: Final = ("bad full", "bad half", "bad hollow", "bad dots")
REASONS: Final = (
    (FinishReason.STOP, "completed", "accent full"),
    (FinishReason.LENGTH, "reached the token limit", "accent half"),
    (FinishReason.CANCELLED, "cancelled", "accent hollow"),
    (FinishReason.ERROR, "failed", "bad dots"),
)
EVENTS: Final = (
    (EngineEvent.Kind.CRASH, "crashes", "bad half"),
    (EngineEvent.Kind.START, "engine starts", "accent full"),
    (EngineEvent.Kind.CHANGE, "configuration changes", "accent hollow"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A period to plot. `every`: the number of bins between two marks of the axis."""

    key: str
    name: str
    bins: int
    width: timedelta
    each: str
    every: int


HOUR: Final = Span("hour", "Hour", 60, MINUTE, "minute", 10)
DAY: Final = Span("day", "Day", 48, 30 * MINUTE, "half hour", 8)
MONTH: Final = Span("month", "Month", 30, timedelta(days=1), "day", 5)
SPANS: Final = {span.key: span for span in (HOUR, DAY, MONTH)}


@dataclass(frozen=True, slots=True)
class Course:
    """The plots of a span, and the totals of all bins."""

    span: Span
    since: datetime
    until: datetime
    plots: list[Plot]
    requests: int
    errors: int
    prompt_tokens: int
    generated_tokens: int


def course(span: Span) -> Course:
    """Plot the span until now. Bins begin at whole minutes, half hours and days of the server's time zone."""
    until = _end(span, timezone.localtime())
    since = until - span.bins * span.width
    bins = GenerationRecord.objects.for_plots(since, span.bins, until)
    events = EngineEvent.objects.for_plots(since, span.bins, until)
    time = _time(span, since)
    return Course(
        span=span,
        since=since,
        until=until,
        plots=[
            plots.bars("requests", "Requests", time, _by_reason(bins), "request"),
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
                [Series("per answer", [each.tokens_per_second for each in bins], "accent solid")],
                plots.speed,
            ),
            plots.lines("queue", "Queue wait", time, _percentiles(bins, "queue"), plots.seconds, plots.SECONDS),
            plots.bars("tokens", "Tokens", time, _tokens(bins), "token"),
            plots.bars("errors", "Errors by kind", time, _errors(bins), "error"),
            plots.bars(
                "events",
                "Starts and crashes",
                time,
                [Series(name, [each.get(kind, 0) for each in events], look) for kind, name, look in EVENTS],
                "event",
            ),
        ],
        requests=sum(each.requests for each in bins),
        errors=sum(each.reasons.get(FinishReason.ERROR, 0) for each in bins),
        prompt_tokens=sum(each.prompt_tokens for each in bins),
        generated_tokens=sum(each.generated_tokens for each in bins),
    )


def _end(span: Span, now: datetime) -> datetime:
    """Return the end of the current bin."""
    if span is MONTH:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + span.width
    step = int(span.width / MINUTE)
    return now.replace(minute=now.minute // step * step, second=0, microsecond=0) + span.width


def _time(span: Span, since: datetime) -> Time:
    """Name the bins and marks. The last bin is not over yet."""
    starts = [timezone.localtime(since + number * span.width) for number in range(span.bins)]
    if span is MONTH:
        names = [plots.local_time(start, "%a %-d %b") for start in starts]
        marks = {number: plots.local_time(start, "%-d %b") for number, start in enumerate(starts)}
        return Time(_so_far(names), {number: mark for number, mark in marks.items() if number % span.every == 0})
    names = [f"{start:%H:%M} to {start + span.width:%H:%M}" for start in starts]
    minutes = int(span.every * span.width / MINUTE)
    whole = [number for number, start in enumerate(starts) if (start.hour * 60 + start.minute) % minutes == 0]
    return Time(_so_far(names), {number: f"{starts[number]:%H:%M}" for number in whole})


def _so_far(names: list[str]) -> list[str]:
    return [*names[:-1], f"{names[-1]}, so far"]


def _by_reason(bins: Sequence[Bin]) -> list[Series]:
    return [Series(name, [each.reasons.get(reason, 0) for each in bins], look) for reason, name, look in REASONS]


def _tokens(bins: Sequence[Bin]) -> list[Series]:
    return [
        Series("generated", [each.generated_tokens for each in bins], "accent full"),
        Series("prompt", [each.prompt_tokens for each in bins], "accent half"),
    ]


def _percentiles(bins: Sequence[Bin], name: str) -> list[Series]:
    """Return p95 first, so that p50 is drawn over it."""
    return [
        Series("p95", [getattr(each, f"{name}_p95") for each in bins], "ink dashed"),
        Series("p50", [getattr(each, f"{name}_p50") for each in bins], "accent solid"),
    ]


def _errors(bins: Sequence[Bin]) -> list[Series]:
    """Return the most frequent codes, and the sum of all others."""
    counted: Counter[str] = Counter()
    for each in bins:
        counted.update(each.errors)
    codes = [code for code, _ in counted.most_common()]
    named, rest = (codes, []) if len(codes) <= len(LOOKS_OF_ERRORS) else (codes[:MAX_KINDS], codes[MAX_KINDS:])
    shown = [(code, [code]) for code in named] + ([("others", rest)] if rest else [])
    return [
        Series(name, [sum(each.errors.get(code, 0) for code in among) for each in bins], look)
        for (name, among), look in zip(shown, LOOKS_OF_ERRORS, strict=False)
    ]
