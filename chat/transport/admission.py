"""Admit sockets: those of a valid session, as many as an owner and an address may have."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from chat.accounts.sessions import owner_of_session
from chat.database import UNAVAILABLE, in_database

from .frames import CLOSE_NO_SESSION, CLOSE_RESTART, CLOSE_TOO_MUCH
from .limits import SocketLimits, TooManySockets, counted
from .session_watch import SocketSession

log = logging.getLogger(__name__)


class NotAdmitted(Exception):
    """The socket is refused. `close_code`: the code to close it with."""

    def __init__(self, close_code: int) -> None:
        super().__init__(close_code)
        self.close_code = close_code


async def admit(session_key: str | None, address: str, limits: SocketLimits, places: ExitStack) -> SocketSession:
    """Return the session of a new socket, which is counted until `places` is closed. Raise NotAdmitted."""
    try:
        places.enter_context(counted(f"address:{address}", limits.per_address))
        owner = await in_database(owner_of_session, session_key)
        if owner is None:
            raise NotAdmitted(CLOSE_NO_SESSION)
        places.enter_context(counted(owner.key, limits.per_owner))
    except TooManySockets:
        raise NotAdmitted(CLOSE_TOO_MUCH) from None
    except UNAVAILABLE as error:
        log.warning("A socket was refused: the database is unavailable (%s).", error)
        raise NotAdmitted(CLOSE_RESTART) from error
    return SocketSession(session_key, owner)
