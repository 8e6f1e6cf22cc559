"""What an operator wants to know first: how the server does, and what to see to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.utils import timezone

from inference.checks import exposure_warning
from inference.history.writer import history
from inference.models import GenerationRecord
from inference.serving import configuration, service
from inference.serving.supervisor import Health

DAY = timedelta(days=1)
MOST_CHANGES = 6


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours: generations, those of them that failed, and tokens generated."""

    generations: int
    errors: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`warnings`: what to see to, for people. `day` is None for those who may not see the history."""

    health: Health
    model: str | None
    warnings: list[str]
    day: Day | None
    changes: list[LogEntry] = field(default_factory=list)


def overview(request: HttpRequest) -> Overview:
    """For this administrator; others' changes are for superusers alone."""
    user: Any = request.user
    changes = LogEntry.objects.select_related("user", "content_type")
    if not user.is_superuser:
        changes = changes.filter(user=user)
    return Overview(
        health=service.health(),
        model=service.defaults().model,
        warnings=warnings(),
        day=_day() if user.has_perm("inference.view_generationrecord") else None,
        changes=list(changes[:MOST_CHANGES]),
    )


def warnings() -> list[str]:
    """What somebody should see to."""
    told = []
    if exposed := exposure_warning():
        told.append(exposed)
    if failure := service.configuration_failure():
        told.append(f"The engine does not follow the settings and keeps its configuration: {failure}")
    told += [f"The setting {name} is not in force: {problem}" for name, problem in configuration.problems().items()]
    if history.failure:
        told.append(f"The history cannot be written now; {history.waiting} rows wait in memory: {history.failure}")
    if history.dropped:
        told.append(f"{history.dropped} rows of the history were lost since the start: the database did not take them.")
    return told


def _day() -> Day:
    rows = GenerationRecord.objects.filter(at__gte=timezone.now() - DAY).order_by()
    counted = list(rows.values_list("reason").annotate(Count("pk"), Sum("generated_tokens")))
    return Day(
        generations=sum(count for _, count, _ in counted),
        errors=sum(count for reason, count, _ in counted if reason == "error"),
        tokens=sum(tokens or 0 for _, _, tokens in counted),
    )
