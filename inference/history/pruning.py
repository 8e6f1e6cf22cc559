"""Deletes history that is older than the settings allow, once a day."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from inference.models import EngineEvent, GenerationRecord
from inference.serving import configuration
from inference.serving.signals import daily_cleaning

log = logging.getLogger(__name__)

FIRST_RUN: Final = 60.0  # seconds after startup, which is busy enough
DAY: Final = 24 * 3600.0  # seconds


def prune(days: int | None = None, *, dry_run: bool = False) -> list[str]:
    """Delete generations and events older than `days` (default: as configured), and send `daily_cleaning`.

    Return lines that say what was deleted, or with `dry_run` would be. Rows are deleted in batches, so that writers
    are not blocked for long.
    """
    limit = timezone.now() - timedelta(days=days or configuration.current().history_days)
    lines = []
    for model in (GenerationRecord, EngineEvent):
        rows = model.objects.before(limit)
        count = rows.count() if dry_run else model.objects.erase_before(limit)
        name = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
        lines.append(f"{count} {name} from before {limit:%Y-%m-%d %H:%M} UTC")
    for receiver, response in daily_cleaning.send_robust(prune, dry_run=dry_run):
        if isinstance(response, Exception):
            log.error("%s could not delete its expired rows.", receiver, exc_info=response)
        elif response:
            lines.append(response)
    return lines


async def prune_daily() -> None:
    """Prune once a day, in a thread, until cancelled."""
    wait = FIRST_RUN
    while True:
        await asyncio.sleep(wait)
        wait = DAY
        try:
            deleted = await asyncio.to_thread(_prune_in_thread)
        except Exception:  # for example, the database is down: the next run tries again
            log.exception("The history could not be pruned.")
        else:
            log.info("Deleted: %s.", "; ".join(deleted))


def _prune_in_thread() -> list[str]:
    try:
        return prune()
    finally:
        connection.close()  # the connection of this thread
