"""The evidence of why it is slow: readings of this machine and of engine nodes, the engine's status, the history."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils import timezone

from inference.engine import EngineStatus, ModelInfo
from inference.machine.reading import Reading, read
from inference.models import GenerationRecord
from inference.serving import configuration, service

from .diagnostics import Check, Evidence, NodesReading, Readings, judged, judged_on_nodes

JUDGED: Final = timedelta(hours=1)  # of history

Status = EngineStatus | None
Models = tuple[ModelInfo, ...]
_here: Readings[Reading] = Readings()
_nodes: Readings[NodesReading] = Readings()


def engine_now() -> tuple[Status, Models]:
    """Return the running engine's status and models, read on its own loop so that they do not change meanwhile."""

    async def look() -> tuple[Status, Models]:
        engine = service.running_engine()
        return (engine.status(), engine.models) if engine else (None, ())

    return async_to_sync(look)()


def checks_now(status: Status, models: Models) -> tuple[list[Check], float]:
    """Return all checks, the worst first, and the seconds that they cover. Wait half a second without a reading."""
    before, now = _here.pair(lambda: _read(status))
    of_nodes = _nodes.pair(_read_nodes) if status and status.machines else None
    return _checks(status, models, (before, now), of_nodes), now.at - before.at


def checks_at_once(status: Status, models: Models) -> list[Check]:
    """Return the same; nothing without a recent reading."""
    here = _here.pair_at_once(lambda: _read(status))
    if not here:
        return []
    of_nodes = _nodes.pair_at_once(_read_nodes) if status and status.machines else None
    return _checks(status, models, here, of_nodes)


def _checks(
    status: Status,
    models: Models,
    here: tuple[Reading, Reading],
    of_nodes: tuple[NodesReading, NodesReading] | None,
) -> list[Check]:
    since = timezone.now() - JUDGED
    spent = GenerationRecord.objects.time_spent(since)
    evidence = Evidence(*here, status, configuration.current().max_threads, spent, models)
    if status and status.machines:
        before, now = of_nodes or (NodesReading(0.0, {}), NodesReading(0.0, {}))
        return judged_on_nodes(evidence, before, now, GenerationRecord.objects.speeds_by_node(since))
    return judged(evidence)


def _read(status: Status) -> Reading:
    pids = [process.pid for process in status.workers if process.pid] if status else []
    return read(pids, configuration.current().model, settings.DATA_DIR)


def _read_nodes() -> NodesReading:
    async def look() -> NodesReading:
        engine = service.running_engine()
        return NodesReading(time.monotonic(), await engine.readings() if engine else {})

    return async_to_sync(look)()
