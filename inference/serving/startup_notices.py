"""Notices in the log at startup: an open server, or one without an administrator."""

from __future__ import annotations

import asyncio
import logging

from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection

from inference.checks import exposure_warning

log = logging.getLogger(__name__)

NO_ADMINISTRATOR = (
    "There is no administrator yet. Create one with `make admin`; in a container, with `docker compose exec server "
    "python manage.py createsuperuser`, or set DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD."
)


async def log_notices() -> None:
    """Log what an operator should know. Ignore an unavailable database: others report that."""
    if warning := exposure_warning():
        log.warning(warning)
    try:
        if not await asyncio.to_thread(_has_administrator):
            log.info(NO_ADMINISTRATOR)
    except DatabaseError:
        log.debug("The database is unavailable, so administrators were not checked.", exc_info=True)


def _has_administrator() -> bool:
    try:
        return get_user_model().objects.filter(is_superuser=True).exists()
    finally:
        connection.close()
