"""Who may use the server: everyone, or with REQUIRE_LOGIN only signed-in users."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

SIGN_IN_REQUIRED = "sign_in_required"  # error code for API clients


def may_enter(user: Any) -> bool:
    """Return whether this user or visitor may use the server. Evaluates a lazy `user` only if REQUIRE_LOGIN is set.

    A visitor is None in REST framework, and an unauthenticated user in Django.
    """
    return not settings.REQUIRE_LOGIN or (user is not None and user.is_authenticated)


def page(view: Callable[..., Any]) -> Callable[..., Any]:
    """Redirect requests that may not enter to the sign-in page, which leads back to this page."""

    def redirect(request: HttpRequest) -> HttpResponseBase:
        return redirect_to_login(request.get_full_path())

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs) if may_enter(request.user) else redirect(request)

    @wraps(view)
    async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if settings.REQUIRE_LOGIN and not (await request.auser()).is_authenticated:
            return redirect(request)
        return await view(request, *args, **kwargs)

    return guarded_async if iscoroutinefunction(view) else guarded
