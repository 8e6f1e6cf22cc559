"""Which sockets are open, and what they are to be told: that a conversation of their owner has changed or is gone, or
that their session may have ended.

One server process serves all sockets, so this is plain memory. News are names of conversations, not contents: a socket
that reads slowly keeps one entry for each conversation, and reads the row when it can send.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from uuid import UUID

from django.db import transaction

from chat.accounts.owners import Owner
from chat.models import Conversation

MOST_NEWS = 200  # conversations that a socket has not been told of; it starts anew then, and so does its page's list


class Mailbox:
    """What one socket is still to be told: each conversation once, by its first news. On one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news: dict[UUID, str] = {}
        self._arrived = asyncio.Event()
        self.overflowed = False
        self.session_doubted = asyncio.Event()  # it is worth another look

    def doubt_session(self) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self.session_doubted.set)

    def put(self, conversation: UUID, news: str) -> None:
        """From any thread. `news`: `changed` or `removed`."""
        self._loop.call_soon_threadsafe(self._put, conversation, news)

    def _put(self, conversation: UUID, news: str) -> None:
        self._news[conversation] = news
        if len(self._news) > MOST_NEWS:
            self.overflowed = True
            self._news.clear()
        self._arrived.set()

    async def get(self) -> tuple[UUID, str] | None:
        """The next news, once there are any; None where there were too many to keep."""
        while not self._news and not self.overflowed:
            self._arrived.clear()
            await self._arrived.wait()
        if self.overflowed:
            return None
        conversation = next(iter(self._news))
        return conversation, self._news.pop(conversation)


_open: dict[str, set[Mailbox]] = defaultdict(set)  # by the owner's key
_of_session: dict[str, set[Mailbox]] = defaultdict(set)
_lock = threading.Lock()


def enter(owner: Owner, session_key: str = "") -> Mailbox:
    """The mailbox of a new socket of this owner, opened with this session."""
    mailbox = Mailbox()
    with _lock:
        _open[owner.key].add(mailbox)
        _of_session[session_key].add(mailbox)
    return mailbox


def leave(owner: Owner, mailbox: Mailbox, session_key: str = "") -> None:
    """The socket is closed."""
    with _lock:
        for sockets, key in ((_open, owner.key), (_of_session, session_key)):
            sockets[key].discard(mailbox)
            if not sockets[key]:
                del sockets[key]


def doubt_session(session_key: str) -> None:
    """Have all sockets of this session look whether it holds. From any thread."""
    with _lock:
        mailboxes = list(_of_session.get(session_key, ()))
    for mailbox in mailboxes:
        mailbox.doubt_session()


def tell_changed(conversation: Conversation) -> None:
    """Tell all sockets of its owner that this conversation is new or has changed. Sync, from any thread.

    In a transaction they are told after its commit, and not at all if it is rolled back.
    """
    _tell_after_commit(conversation, "changed")


def tell_removed(conversation: Conversation) -> None:
    """As `tell_changed`: it was deleted."""
    _tell_after_commit(conversation, "removed")


def announce_changed(conversation: Conversation) -> None:
    """As `tell_changed`, for coroutines, which have no transaction: what has changed is committed."""
    _put(conversation.owner.key, conversation.pk, "changed")


def _tell_after_commit(conversation: Conversation, news: str) -> None:
    key = conversation.owner.key
    transaction.on_commit(lambda: _put(key, conversation.pk, news))


def _put(key: str, conversation: UUID, news: str) -> None:
    with _lock:
        mailboxes = list(_open.get(key, ()))
    for mailbox in mailboxes:
        mailbox.put(conversation, news)
