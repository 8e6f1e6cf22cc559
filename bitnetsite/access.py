"""Who may come in: anybody, or with REQUIRE_LOGIN only those who are signed in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

SIGN_IN_REQUIRED = "sign_in_required"  # the code of the error that programs get


def may_enter(user: Any) -> bool:
    """Whether this user, or this visitor, may use the server. Looks at `user` only where it matters.

    REST framework has None for a visitor, Django a user who is not authenticated.
    """
    return not settings.REQUIRE_LOGIN or (user is not None and user.is_authenticated)


def page(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page for those who may enter; the others are asked to sign in, and come back to it."""

    def refuse(request: HttpRequest) -> HttpResponseBase:
        return redirect_to_login(request.get_full_path())

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if may_enter(request.user) else refuse(request)

    @wraps(view)
    async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.REQUIRE_LOGIN and not (await request.auser()).is_authenticated:
            return refuse(request)
        return await view(request, *args, **kwargs)

    return guarded_async if iscoroutinefunction(view) else guarded
