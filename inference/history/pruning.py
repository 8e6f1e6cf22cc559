"""The history does not grow for ever: what is older than the settings say is deleted once a day."""

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

FIRST: Final = 60.0  # seconds after the start: it is busy enough
DAY: Final = 24 * 3600.0  # seconds


def prune(days: int | None = None, *, dry_run: bool = False) -> list[str]:
    """Delete generations and events older than so many days (as configured), and let others erase theirs.

    Lines that say what was deleted, or with `dry_run` would be. In batches, so that nobody waits for it.
    """
    limit = timezone.now() - timedelta(days=days or configuration.current().history_days)
    told = []
    for model in (GenerationRecord, EngineEvent):
        rows = model.objects.before(limit)
        count = rows.count() if dry_run else model.objects.erase_before(limit)
        name = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
        told.append(f"{count} {name} from before {limit:%Y-%m-%d %H:%M} UTC")
    for receiver, response in daily_cleaning.send_robust(prune, dry_run=dry_run):
        if isinstance(response, Exception):
            log.error("%s could not erase what is too old.", receiver, exc_info=response)
        elif response:
            told.append(response)
    return told


async def prune_daily() -> None:
    """Once a day, beside the event loop, until cancelled."""
    wait = FIRST
    while True:
        await asyncio.sleep(wait)
        wait = DAY
        try:
            told = await asyncio.to_thread(_prune_here)
        except Exception:  # the database is down, say: there is another day
            log.exception("The history could not be pruned.")
        else:
            log.info("Deleted: %s.", "; ".join(told))


def _prune_here() -> list[str]:
    try:
        return prune()
    finally:
        connection.close()  # this thread's own
