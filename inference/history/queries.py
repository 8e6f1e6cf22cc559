"""Queries of the history: by day, source, user and reason, and statistics for plots.

The database aggregates, with indexes on time, and returns a few numbers per bin, however many rows there are.
Percentiles are exact, by nearest rank.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models import Count, F, Q, Sum, Value, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from inference.engine.speed import MIN_SECONDS

MAX_BINS: Final = 400
MAX_SAMPLED: Final = 1000  # generations; more do not change the result
BATCH: Final = 500  # rows deleted per transaction: a few milliseconds, so that writers hardly wait


@dataclass(slots=True)
class Bin:
    """Statistics of the generations that started within `width` seconds from `start`.

    Durations are in seconds, and None without data. `errors` counts by code. `first_token_…` is measured from the
    request.
    """

    start: datetime
    width: float
    requests: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    tokens_per_second: float | None = None
    first_token_p50: float | None = None
    first_token_p95: float | None = None
    queue_p50: float | None = None
    queue_p95: float | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """The time that requests spent in each phase: sums in seconds.

    `launching`: until a process had loaded the model, for the `launched` requests that found none ready. `reading`:
    evaluating prompts.
    """

    requests: int
    launched: int
    queue: float
    launching: float
    reading: float
    answering: float
    prompt_tokens: int
    reused_tokens: int

    @property
    def whole(self) -> float:
        return self.queue + self.launching + self.reading + self.answering


class BinNumber(models.Func):
    """The number of the bin that a time is in, from 0."""

    output_field = models.IntegerField()

    def __init__(self, at: str, since: datetime, width: float) -> None:
        super().__init__(F(at), Value(since, models.DateTimeField()), Value(width, models.FloatField()))

    def as_sql(  # type: ignore[override]  # Func's own parameters have no use here
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        template = "CAST(FLOOR(EXTRACT(EPOCH FROM (%(first)s - %(second)s)) / %(third)s) AS INTEGER)"
        return self._sql(compiler, template)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        return self._sql(
            compiler, "CAST((julianday(%(first)s) - julianday(%(second)s)) * 86400 / %(third)s AS INTEGER)"
        )

    def _sql(self, compiler: Any, template: str) -> tuple[str, tuple[Any, ...]]:
        compiled = [compiler.compile(each) for each in self.get_source_expressions()]
        first, second, third = (sql for sql, _ in compiled)
        parameters = tuple(parameter for _, parameters in compiled for parameter in parameters)
        return template % {"first": first, "second": second, "third": third}, parameters


class TimedQuerySet(models.QuerySet[Any]):
    """Rows with a time `at`."""

    def before(self, moment: datetime) -> Self:
        return self.filter(at__lt=moment)

    def on_day(self, day: date) -> Self:
        """Filter by day, in the server's time zone."""
        start = timezone.make_aware(datetime.combine(day, time()))
        return self.filter(at__gte=start, at__lt=start + timedelta(days=1))

    def erase_before(self, moment: datetime, batch: int = BATCH) -> int:
        """Delete older rows in batches, each in its own transaction, and return their number."""
        erased = 0
        while keys := list(self.before(moment).order_by("at").values_list("pk", flat=True)[:batch]):
            self.model._default_manager.filter(pk__in=keys).delete()
            erased += len(keys)
        return erased


class EventQuerySet(TimedQuerySet):
    def for_plots(self, since: datetime, bins: int, until: datetime | None = None) -> list[dict[str, int]]:
        """Return the number of events by kind, for each bin."""
        counts: list[dict[str, int]] = [{} for _ in range(bins)]
        since, width = _span(since, bins, until)
        rows = self.filter(at__gte=since).order_by().annotate(bin=BinNumber("at", since, width))
        for number, kind, count in rows.values_list("bin", "kind").annotate(Count("pk")):
            if 0 <= number < bins:
                counts[number][kind] = count
        return counts


class GenerationQuerySet(TimedQuerySet):
    def of_source(self, source: str) -> Self:
        return self.filter(source=source)

    def of_user(self, user_id: int) -> Self:
        """Filter by user, including requests with the user's API keys."""
        return self.filter(Q(user_id=user_id) | Q(key__user_id=user_id))

    def ended_by(self, reason: str) -> Self:
        return self.filter(reason=reason)

    def for_plots(self, since: datetime, bins: int, until: datetime | None = None) -> list[Bin]:
        """Return statistics from `since` to `until` (default: now), in bins of equal width, oldest first."""
        since, width = _span(since, bins, until)
        result = [Bin(since + timedelta(seconds=width * number), width) for number in range(bins)]
        end = since + timedelta(seconds=width * bins)
        rows = self.filter(at__gte=since, at__lt=end).order_by().annotate(bin=BinNumber("at", since, width))
        decoded = Q(decode__gt=0, generated_tokens__gt=1)  # as in `tokens_per_second`
        counted = rows.values_list("bin", "reason", "error_code").annotate(
            Count("pk"),
            Sum("prompt_tokens"),
            Sum("generated_tokens"),
            decoded_tokens=Sum(F("generated_tokens") - 1, filter=decoded),
            decode_seconds=Sum("decode", filter=decoded),
        )
        speeds = [[0, 0.0] for _ in result]
        for number, reason, code, count, prompt, generated, tokens, seconds in counted:
            if not 0 <= number < bins:
                continue
            figures = result[number]
            figures.requests += count
            figures.prompt_tokens += prompt or 0
            figures.generated_tokens += generated or 0
            figures.reasons[reason] = figures.reasons.get(reason, 0) + count
            if code:
                figures.errors[code] = figures.errors.get(code, 0) + count
            speeds[number][0] += tokens or 0
            speeds[number][1] += seconds or 0.0
        for figures, (tokens, seconds) in zip(result, speeds, strict=True):
            figures.tokens_per_second = tokens / seconds if seconds >= MIN_SECONDS else None
        waited = F("queue") + F("prompt_time") + F("first_token")
        for name, value in (("first_token", waited), ("queue", F("queue"))):
            for number, percent, seconds in rows.percentiles(value, (50, 95)):
                if 0 <= number < bins:
                    setattr(result[number], f"{name}_p{percent}", seconds)
        return result

    def time_spent(self, since: datetime, limit: int = MAX_SAMPLED) -> Spent:
        """Sum up the newest `limit` generations since then that reached a process."""
        newest = self.filter(at__gte=since, prompt_time__isnull=False).order_by("-at")[:limit]
        sums = newest.aggregate(
            requests=Count("pk"),
            launched=Count("pk", filter=Q(launch_time__gt=0)),
            queue=Sum("queue"),
            launching=Sum("launch_time"),
            prompt=Sum("prompt_time"),
            first_token=Sum("first_token"),
            decode=Sum("decode"),
            prompt_tokens=Sum("prompt_tokens"),
            reused_tokens=Sum("reused_tokens"),
        )
        sums = {name: value or 0 for name, value in sums.items()}
        reading = sums.pop("prompt") - sums["launching"]
        return Spent(reading=reading, answering=sums.pop("first_token") + sums.pop("decode"), **sums)

    def speeds_by_node(self, since: datetime) -> dict[str, float]:
        """Return the tokens per second of each engine node since then."""
        rows = self.filter(at__gte=since, decode__gt=0, generated_tokens__gt=1).exclude(node="").order_by()
        sums = rows.values_list("node").annotate(tokens=Sum(F("generated_tokens") - 1), seconds=Sum("decode"))
        return {node: tokens / seconds for node, tokens, seconds in sums if seconds >= MIN_SECONDS}

    def percentiles(self, value: Any, percents: tuple[int, ...]) -> list[tuple[int, int, float]]:
        """Return percentiles of `value`, where it is not null, for each `bin` that the rows are annotated with."""
        ranked = self.annotate(value=value).filter(value__isnull=False)
        ranked = ranked.annotate(
            rank=Window(RowNumber(), partition_by=F("bin"), order_by=F("value").asc()),
            size=Window(Count("*"), partition_by=F("bin")),
        )
        # The nearest rank is the percentage of the size, rounded up.
        ranks = {percent: (F("size") * percent + 99) / 100 for percent in percents}
        chosen = Q()
        for rank in ranks.values():
            chosen |= Q(rank=rank)
        rows = ranked.filter(chosen).values_list("bin", "rank", "size", "value")
        return [
            (number, percent, value)
            for number, rank, size, value in rows
            for percent in percents
            if rank == (size * percent + 99) // 100
        ]


def _span(since: datetime, bins: int, until: datetime | None) -> tuple[datetime, float]:
    """Return the start in UTC, and the width of a bin in seconds."""
    if not 1 <= bins <= MAX_BINS:
        raise ValueError(f"{bins} bins; expected 1 to {MAX_BINS}")
    seconds = ((until or timezone.now()) - since).total_seconds()
    if seconds <= 0:
        raise ValueError("`since` is not before `until`")
    return since.astimezone(UTC), seconds / bins
