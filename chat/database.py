"""Run queries from the event loop, in a small thread pool of the chat.

By default Django would run the queries of all sockets in one thread, where one slow query delays every other, or give
each socket a thread. Here sockets and answers share a few threads; each call closes its connection.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

P = ParamSpec("P")
R = TypeVar("R")

THREADS: Final = 8  # concurrent queries; each waits for the disk or for SQLite's one writer
UNAVAILABLE: Final = (OperationalError, InterfaceError)  # the database is down, locked or full: a retry may succeed

_threads = ThreadPoolExecutor(THREADS, "chat-database")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call the function in a database thread. It runs to its end even if the caller is cancelled."""
    result: R = await database_sync_to_async(function, thread_sensitive=False, executor=_threads)(*args, **kwargs)
    return result
