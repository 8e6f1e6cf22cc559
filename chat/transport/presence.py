"""The open sockets, and their notifications: a conversation of their owner was changed or removed, their session may
have ended, or the server's status has changed.

One server process serves all sockets, so this is plain memory. A notification is the id of a conversation, not its
content: a socket that reads slowly keeps one entry for each conversation, and reads the row when it can send.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from typing import Any, Final, Literal
from uuid import UUID

from django.db import transaction

from chat.accounts.owners import Owner
from chat.models import Conversation

MAX_NOTIFICATIONS: Final = 200  # pending ones of a socket; with more, it closes and its page loads the list again

Change = Literal["changed", "removed"]


class Mailbox:
    """The pending notifications of one socket, one for each conversation, oldest first. For one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pending: dict[UUID, Change] = {}
        self._arrived = asyncio.Event()
        self._overflowed = False
        self.session_check = asyncio.Event()  # set when the session may have ended
        self.status_change = asyncio.Event()  # set when the server's status has changed

    def request_session_check(self) -> None:
        """Ask the socket to check its session now. From any thread."""
        self._loop.call_soon_threadsafe(self.session_check.set)

    def announce_status(self) -> None:
        """Have the socket send the server's status. From any thread."""
        self._loop.call_soon_threadsafe(self.status_change.set)

    def put(self, conversation: UUID, change: Change) -> None:
        """Add a notification. From any thread."""
        self._loop.call_soon_threadsafe(self._put, conversation, change)

    def _put(self, conversation: UUID, change: Change) -> None:
        self._pending[conversation] = change
        if len(self._pending) > MAX_NOTIFICATIONS:
            self._overflowed = True
            self._pending.clear()
        self._arrived.set()

    async def get(self) -> tuple[UUID, Change] | None:
        """Wait for the next notification. Return None where there were too many to keep."""
        while not self._pending and not self._overflowed:
            self._arrived.clear()
            await self._arrived.wait()
        if self._overflowed:
            return None
        conversation = next(iter(self._pending))
        return conversation, self._pending.pop(conversation)


_by_owner: dict[str, set[Mailbox]] = defaultdict(set)  # by the owner's key
_by_session: dict[str, set[Mailbox]] = defaultdict(set)
_lock = threading.Lock()


def enter(owner: Owner, session_key: str = "") -> Mailbox:
    """Register a new socket of this owner and session; return its mailbox."""
    mailbox = Mailbox()
    with _lock:
        _by_owner[owner.key].add(mailbox)
        _by_session[session_key].add(mailbox)
    return mailbox


def leave(owner: Owner, mailbox: Mailbox, session_key: str = "") -> None:
    """Remove a socket that has closed."""
    with _lock:
        for mailboxes, key in ((_by_owner, owner.key), (_by_session, session_key)):
            mailboxes[key].discard(mailbox)
            if not mailboxes[key]:
                del mailboxes[key]


def request_session_check(session_key: str) -> None:
    """Have all sockets of this session check whether it is still valid. From any thread."""
    with _lock:
        mailboxes = list(_by_session.get(session_key, ()))
    for mailbox in mailboxes:
        mailbox.request_session_check()


def notify_status(**kwargs: Any) -> None:
    """Have all sockets send the server's status. Receives signals, in any thread."""
    with _lock:
        mailboxes = [mailbox for each in _by_session.values() for mailbox in each]
    for mailbox in mailboxes:
        mailbox.announce_status()


def notify_changed(conversation: Conversation) -> None:
    """Notify the owner's sockets that this conversation is new or has changed. Sync, from any thread.

    In a transaction they are notified after its commit, and not at all if it is rolled back.
    """
    _notify_after_commit(conversation, "changed")


def notify_removed(conversation: Conversation) -> None:
    """Notify the owner's sockets that this conversation was deleted; see `notify_changed`."""
    _notify_after_commit(conversation, "removed")


def announce_changed(conversation: Conversation) -> None:
    """Notify the owner's sockets of a change that is committed. For coroutines, which have no transaction."""
    _put(conversation.owner.key, conversation.pk, "changed")


def _notify_after_commit(conversation: Conversation, change: Change) -> None:
    key = conversation.owner.key
    transaction.on_commit(lambda: _put(key, conversation.pk, change))


def _put(key: str, conversation: UUID, change: Change) -> None:
    with _lock:
        mailboxes = list(_by_owner.get(key, ()))
    for mailbox in mailboxes:
        mailbox.put(conversation, change)
