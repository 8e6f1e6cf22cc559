"""How long a session lasts, and whose it is now: a socket outlives the request that opened it, and the session may end
meanwhile.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import partial
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest, parse_cookie
from django.utils import timezone

from bitnetsite.accounts.access import may_enter
from chat.database import UNAVAILABLE, in_database
from chat.transport import presence

from .owners import Owner, owner_of

RENEWED = "renewed"  # the session's key of the month that it was last used in


def renew(session: MutableMapping[str, Any]) -> None:
    """Have a session that is in use last, and its cookie with it: saved once a month, it ends long after the last use,
    and not so long after the first one.
    """
    month = f"{timezone.now():%Y-%m}"
    if session.get(RENEWED) != month:
        session[RENEWED] = month


@receiver(post_delete, sender="sessions.Session")
def session_ended(sender: Any, instance: Any, **kwargs: Any) -> None:
    """At sign-out and sign-in: the sockets of other tabs are not to go on for a moment longer."""
    transaction.on_commit(partial(presence.doubt_session, instance.session_key))


def owner_of_session(session_key: str | None) -> Owner | None:
    """The owner as a request with this session's cookie would have it: None once it has ended, was flushed, or the
    user's password has changed; None for visitors where REQUIRE_LOGIN is set. One query, two for a user.
    """
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = auth.get_user(request)
    return owner_of(user, request.session) if may_enter(user) else None


async def holds_session(scope: MutableMapping[str, Any]) -> bool:
    """Whether this ASGI request comes with the session of an owner, asked before its body is read."""
    cookies = parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    try:
        return await in_database(owner_of_session, cookies.get(settings.SESSION_COOKIE_NAME)) is not None
    except UNAVAILABLE:
        return False
