"""The administration's overview: the state of the server, and what needs attention."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.utils import timezone

from bitnetsite.env import env
from inference.checks import exposure_warning
from inference.history.writer import history
from inference.models import GenerationRecord
from inference.serving import configuration, service
from inference.serving.engine_settings import missing_models
from inference.serving.supervisor import Health

from .node_models import machines_and_models

DAY = timedelta(days=1)
MAX_CHANGES = 6


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours: generations, those of them that failed, and tokens generated."""

    generations: int
    errors: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`warnings`: what needs attention. `day`: None for administrators who may not see the history."""

    health: Health
    model: str | None
    warnings: list[str]
    day: Day | None
    changes: list[LogEntry] = field(default_factory=list)


def overview(request: HttpRequest) -> Overview:
    """Return the overview for this administrator. Only superusers see the changes of others."""
    user: Any = request.user
    changes = LogEntry.objects.select_related("user", "content_type")
    if not user.is_superuser:
        changes = changes.filter(user=user)
    return Overview(
        health=service.health(),
        model=service.defaults().model,
        warnings=warnings(),
        day=_day() if user.has_perm("inference.view_generationrecord") else None,
        changes=list(changes[:MAX_CHANGES]),
    )


def warnings() -> list[str]:
    """Return what needs attention."""
    found = []
    if exposed := exposure_warning():
        found.append(exposed)
    if failure := service.configuration_failure():
        found.append(f"The engine does not follow the settings and keeps its configuration: {failure}")
    found += [f"The setting {name} is not in force: {problem}" for name, problem in configuration.problems().items()]
    if not env("ENGINE_URL") and (missing := missing_models(configuration.current())):
        found.append(f"These offered models are not in the models folder: {', '.join(missing)}.")
    machines, served = machines_and_models()
    found += [f"Engine node {each.node} gets no requests. {each.failure}" for each in machines if each.failure]
    if machines and (absent := set(configuration.current().offered_models) - {model.id for model in served}):
        found.append(f"These offered models are not on most of the engine nodes: {', '.join(sorted(absent))}.")
    if history.failure:
        found.append(f"The history cannot be written; {history.waiting} entries wait in memory: {history.failure}")
    if history.dropped:
        found.append(f"{history.dropped} history entries were lost since the start: the database did not accept them.")
    return found


def _day() -> Day:
    rows = GenerationRecord.objects.filter(at__gte=timezone.now() - DAY).order_by()
    counted = list(rows.values_list("reason").annotate(Count("pk"), Sum("generated_tokens")))
    return Day(
        generations=sum(count for _, count, _ in counted),
        errors=sum(count for reason, count, _ in counted if reason == "error"),
        tokens=sum(tokens or 0 for _, _, tokens in counted),
    )
