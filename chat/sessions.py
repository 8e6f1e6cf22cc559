"""Whose a session is, now: a socket outlives the request that opened it, and the session may end meanwhile."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from bitnetsite.access import may_enter

from .owners import Owner, owner_of


def owner_of_session(session_key: str | None) -> Owner | None:
    """The owner as a request with this session's cookie would have it: None once it has ended, was flushed, or the
    user's password has changed; None for visitors where REQUIRE_LOGIN is set. One query, two for a user.
    """
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = auth.get_user(request)
    return owner_of(user, request.session) if may_enter(user) else None
