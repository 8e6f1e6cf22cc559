"""The database, from the event loop: queries run in a few threads of their own.

Django's usual way would have all sockets share one thread, where one slow query holds everybody up, or give each socket
a thread. Here sockets and running answers share a few, each call with a connection that is closed after it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

P = ParamSpec("P")
R = TypeVar("R")

THREADS: Final = 8  # queries at once; each waits for the disk, or for SQLite's one writer
UNAVAILABLE: Final = (OperationalError, InterfaceError)  # the database is down, locked or full: later it may work

_threads = ThreadPoolExecutor(THREADS, "chat-database")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What the function returns. It is not undone when the caller is cancelled."""
    return await database_sync_to_async(function, thread_sensitive=False, executor=_threads)(*args, **kwargs)
