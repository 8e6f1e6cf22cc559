"""What the log tells at the start, so that nobody runs an open or an unowned server without knowing."""

from __future__ import annotations

import asyncio
import logging

from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection

from inference.checks import exposure_warning

log = logging.getLogger(__name__)

NO_ADMINISTRATOR = (
    "There is no administrator yet. `make admin` makes one; in a container, `docker compose exec server python "
    "manage.py createsuperuser`, or DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD at the start."
)


async def tell() -> None:
    """Log what an operator should know, and do nothing else: a database that is down is somebody else's news."""
    if warning := exposure_warning():
        log.warning(warning)
    try:
        if not await asyncio.to_thread(_has_administrator):
            log.info(NO_ADMINISTRATOR)
    except DatabaseError:
        log.debug("The database could not be asked for administrators.", exc_info=True)


def _has_administrator() -> bool:
    try:
        return get_user_model().objects.filter(is_superuser=True).exists()
    finally:
        connection.close()
