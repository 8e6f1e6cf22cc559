"""What is read of the history: by day, source, user and reason, and in figures for plots.

The database counts and ranks, by indexes on time: what comes out is a few figures for each bin, however many rows went
in. Percentiles are exact, by nearest rank.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models import Count, F, Q, Sum, Value, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

MOST_BINS: Final = 400
MOST_SPENT: Final = 1000  # generations; what they say does not change with more
BATCH: Final = 500  # rows deleted at once: a few milliseconds, so that writers hardly wait


@dataclass(slots=True)
class Bin:
    """Figures of the generations that began in `width` seconds from `start`. Times in seconds, None without any.

    `errors`: by code. `tokens_per_second`: sampled tokens by time of decode. `first_token`: from the request.
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
    """What requests spent their time on, in seconds of all together. `whole`: all of it.

    `launching`: until a process was launched for the request and had read its prompt, which `launched` requests had to
    wait for; `reading`: prompts, by processes that were there.
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
    """Which bin a time is in, from 0."""

    output_field = models.IntegerField()

    def __init__(self, at: str, since: datetime, width: float) -> None:
        super().__init__(F(at), Value(since, models.DateTimeField()), Value(width, models.FloatField()))

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(FLOOR(EXTRACT(EPOCH FROM (%(first)s - %(second)s)) / %(third)s) AS INTEGER)"
        return self._sql(compiler, template)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._sql(
            compiler, "CAST((julianday(%(first)s) - julianday(%(second)s)) * 86400 / %(third)s AS INTEGER)"
        )

    def _sql(self, compiler: Any, template: str) -> tuple[str, list[Any]]:
        compiled = [compiler.compile(each) for each in self.get_source_expressions()]
        first, second, third = (sql for sql, _ in compiled)
        return template % {"first": first, "second": second, "third": third}, [
            parameter for _, parameters in compiled for parameter in parameters
        ]


class TimedQuerySet(models.QuerySet[Any]):
    """Rows with a time `at`."""

    def before(self, moment: datetime) -> Self:
        return self.filter(at__lt=moment)

    def on_day(self, day: date) -> Self:
        """Of a day in the server's time zone."""
        start = timezone.make_aware(datetime.combine(day, time()))
        return self.filter(at__gte=start, at__lt=start + timedelta(days=1))

    def erase_before(self, moment: datetime, batch: int = BATCH) -> int:
        """Delete what is older, a batch at a time, each in a transaction of its own. How many rows that were."""
        erased = 0
        while keys := list(self.before(moment).order_by("at").values_list("pk", flat=True)[:batch]):
            self.model._default_manager.filter(pk__in=keys).delete()
            erased += len(keys)
        return erased


class EventQuerySet(TimedQuerySet):
    def for_plots(self, since: datetime, bins: int, until: datetime | None = None) -> list[dict[str, int]]:
        """By bin, how many events of each kind there were."""
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
        """Also by the keys of this user."""
        return self.filter(Q(user_id=user_id) | Q(key__user_id=user_id))

    def ended_by(self, reason: str) -> Self:
        return self.filter(reason=reason)

    def for_plots(self, since: datetime, bins: int, until: datetime | None = None) -> list[Bin]:
        """Figures from `since` to `until` (now), in so many bins of the same width, oldest first."""
        since, width = _span(since, bins, until)
        told = [Bin(since + timedelta(seconds=width * number), width) for number in range(bins)]
        end = since + timedelta(seconds=width * bins)
        rows = self.filter(at__gte=since, at__lt=end).order_by().annotate(bin=BinNumber("at", since, width))
        decoded = Q(decode__gt=0, generated_tokens__gt=1)  # of one token alone there is no speed
        counted = rows.values_list("bin", "reason", "error_code").annotate(
            Count("pk"),
            Sum("prompt_tokens"),
            Sum("generated_tokens"),
            decoded_tokens=Sum(F("generated_tokens") - 1, filter=decoded),
            decode_seconds=Sum("decode", filter=decoded),
        )
        speeds = [[0, 0.0] for _ in told]
        for number, reason, code, count, prompt, generated, tokens, seconds in counted:
            if not 0 <= number < bins:
                continue
            figures = told[number]
            figures.requests += count
            figures.prompt_tokens += prompt or 0
            figures.generated_tokens += generated or 0
            figures.reasons[reason] = figures.reasons.get(reason, 0) + count
            if code:
                figures.errors[code] = figures.errors.get(code, 0) + count
            speeds[number][0] += tokens or 0
            speeds[number][1] += seconds or 0.0
        for figures, (tokens, seconds) in zip(told, speeds, strict=True):
            figures.tokens_per_second = tokens / seconds if seconds else None
        waited = F("queue") + F("prompt_time") + F("first_token")
        for name, value in (("first_token", waited), ("queue", F("queue"))):
            for number, percent, seconds in rows.percentiles(value, (50, 95)):
                if 0 <= number < bins:
                    setattr(told[number], f"{name}_p{percent}", seconds)
        return told

    def time_spent(self, since: datetime, most: int = MOST_SPENT) -> Spent:
        """Of the newest `most` generations since then that got a process."""
        newest = self.filter(at__gte=since, prompt_time__isnull=False).order_by("-at")[:most]
        launched = Q(reused_tokens=0)  # a process that was there holds its system prompt at least
        told = newest.aggregate(
            requests=Count("pk"),
            launched=Count("pk", filter=launched),
            queue=Sum("queue"),
            launching=Sum("prompt_time", filter=launched),
            reading=Sum("prompt_time", filter=~launched),
            first_token=Sum("first_token"),
            decode=Sum("decode"),
            prompt_tokens=Sum("prompt_tokens"),
            reused_tokens=Sum("reused_tokens"),
        )
        told = {name: value or 0 for name, value in told.items()}
        return Spent(answering=told.pop("first_token") + told.pop("decode"), **told)

    def percentiles(self, value: Any, percents: tuple[int, ...]) -> list[tuple[int, int, float]]:
        """For each `bin` that the rows are annotated with: percentiles of `value`, where it is not null."""
        ranked = self.annotate(value=value).filter(value__isnull=False)
        ranked = ranked.annotate(
            rank=Window(RowNumber(), partition_by=F("bin"), order_by=F("value").asc()),
            size=Window(Count("*"), partition_by=F("bin")),
        )
        # The nearest rank of a percent is its share of the size, rounded up.
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
    """The start in UTC, and seconds of a bin."""
    if not 1 <= bins <= MOST_BINS:
        raise ValueError(f"{bins} bins; expected 1 to {MOST_BINS}")
    seconds = ((until or timezone.now()) - since).total_seconds()
    if seconds <= 0:
        raise ValueError("`since` is not before `until`")
    return since.astimezone(UTC), seconds / bins
