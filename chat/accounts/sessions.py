"""Renew sessions, and look up their owners outside of a request: a socket outlives the request that opened it, and
sometimes its session.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import partial
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest, parse_cookie
from django.utils import timezone

from bitnetsite.accounts.access import may_enter
from chat.database import UNAVAILABLE, in_database
from chat.transport import presence

from .owners import Owner, owner_of

RENEWED = "renewed"  # the key of the month of the last renewal in the session


def renew(session: MutableMapping[str, Any]) -> None:
    """Save a session in use once a month. This extends it and its cookie, so that it expires after its last use, not
    after its first.
    """
    month = f"{timezone.now():%Y-%m}"
    if session.get(RENEWED) != month:
        session[RENEWED] = month


def session_deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Close the sockets of a deleted session, at sign-out and sign-in. Receives `post_delete` of sessions."""
    transaction.on_commit(partial(presence.request_session_check, instance.session_key))


def owner_of_session(session_key: str | None) -> Owner | None:
    """Return the owner of the session with this key, or None where it has ended or the user's password has changed.

    None for visitors, too, where REQUIRE_LOGIN is set. One query, two for a user.
    """
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = auth.get_user(request)
    return owner_of(user, request.session) if may_enter(user) else None


async def holds_session(scope: MutableMapping[str, Any]) -> bool:
    """Return whether this ASGI request has a session with an owner. For a check before its body is read."""
    cookies = parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    try:
        return await in_database(owner_of_session, cookies.get(settings.SESSION_COOKIE_NAME)) is not None
    except UNAVAILABLE:
        return False
