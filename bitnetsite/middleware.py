"""Middleware as its makers have it, without a thread for what waits for nothing.

Under an asynchronous server Django hands each step of a middleware to a thread, for it might wait, and back. These look
at memory alone, but where they say so. Django's checks know the others by their names, so those stay as they are.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from csp import middleware as csp
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.middleware import common
from django.utils.deprecation import MiddlewareMixin
from whitenoise import middleware as whitenoise


class _OnTheLoop(MiddlewareMixin):
    async def __acall__(self, request: HttpRequest) -> Any:
        """Django's, with both steps in place."""
        response = self.process_request(request) if hasattr(self, "process_request") else None
        response = response or await self.get_response(request)  # type: ignore[misc]  # asynchronous here
        if not hasattr(self, "process_response"):
            return response
        if self._may_wait(request):
            return await sync_to_async(self.process_response)(request, response)
        return self.process_response(request, response)

    def _may_wait(self, request: HttpRequest) -> bool:
        """Whether its second step may ask the database."""
        return False


class CSPMiddleware(_OnTheLoop, csp.CSPMiddleware):
    pass


class CommonMiddleware(_OnTheLoop, common.CommonMiddleware):
    pass


class AuthenticationMiddleware(_OnTheLoop, auth.AuthenticationMiddleware):
    pass


class SessionMiddleware(_OnTheLoop, sessions.SessionMiddleware):
    def _may_wait(self, request: HttpRequest) -> bool:
        return bool(request.session.accessed or request.session.modified)


class MessageMiddleware(_OnTheLoop, messages.MessageMiddleware):
    def _may_wait(self, request: HttpRequest) -> bool:
        kept = request._messages  # type: ignore[attr-defined]  # which its first step has set
        return bool(kept.used or kept.added_new)


class WhiteNoiseMiddleware(whitenoise.WhiteNoiseMiddleware):
    """Looks for files, in a thread, only where they are."""

    async_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if not iscoroutinefunction(self):
            return super().__call__(request)
        return self._file(request) if request.path_info.startswith(self.static_prefix) else self.get_response(request)

    async def _file(self, request: HttpRequest) -> Any:
        file = await sync_to_async(self.find_file if self.autorefresh else self.files.get)(request.path_info)
        return await (self.get_response(request) if file is None else sync_to_async(self.serve)(file, request))
