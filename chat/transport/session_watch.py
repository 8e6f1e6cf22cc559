"""The session of a socket: every query checks it first, and it is polled while the socket is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Concatenate, Final, NoReturn, ParamSpec, TypeVar

from chat.accounts.owners import Owner
from chat.accounts.sessions import owner_of_session
from chat.database import UNAVAILABLE, in_database

from .queries import no_query

P = ParamSpec("P")
R = TypeVar("R")

# Seconds between checks of a session. A session that is deleted requests a check at once; a password that was changed
# elsewhere does not.
CHECK_INTERVAL: Final = 15.0


class SessionEnded(Exception):
    """The session that the socket was opened with has ended, or has another owner now."""


class SocketSession:
    """A session and the owner that it had when the socket was opened."""

    def __init__(self, key: str | None, owner: Owner) -> None:
        self._key, self.owner = key, owner

    async def query(self, function: Callable[Concatenate[Owner, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function with the owner, on a database thread. Raise SessionEnded."""
        return await in_database(self.checked(function, *args, **kwargs))

    def checked(
        self, function: Callable[Concatenate[Owner, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[], R]:
        """Return a function that checks the session and then calls `function` with the owner."""

        def check_and_call() -> R:
            if owner_of_session(self._key) != self.owner:
                raise SessionEnded
            return function(self.owner, *args, **kwargs)

        return check_and_call

    async def watch(self, requested: asyncio.Event, interval: float) -> NoReturn:
        """Check the session every `interval` seconds, and when `requested` is set. Raise SessionEnded at its end."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(requested.wait(), interval)
            requested.clear()
            with suppress(*UNAVAILABLE):
                await self.query(no_query)
