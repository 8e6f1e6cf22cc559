"""Middleware of Django and of libraries, run on the event loop where it does not block.

Under an asynchronous server, Django runs each step of a synchronous middleware in a thread, which takes longer than the
step. These only look at memory, except where they say so.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from csp import middleware as csp
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponseBase
from django.middleware import clickjacking, common, csrf, security
from django.utils.deprecation import MiddlewareMixin
from whitenoise import middleware as whitenoise

ANY_HOST = ("/health", "/health/live")  # their responses depend on no name, and contain none


class _OnEventLoop(MiddlewareMixin):
    async def __acall__(self, request: HttpRequest) -> Any:
        """Run both steps as Django does, without threads."""
        response = self.process_request(request) if hasattr(self, "process_request") else None
        response = response or await self.get_response(request)  # type: ignore[misc]  # asynchronous here
        if not hasattr(self, "process_response"):
            return response
        if self._may_block(request):
            return await sync_to_async(self.process_response)(request, response)
        return self.process_response(request, response)

    def _may_block(self, request: HttpRequest) -> bool:
        """Return whether `process_response` may query the database."""
        return False


class SecurityMiddleware(_OnEventLoop, security.SecurityMiddleware):
    pass


class CsrfViewMiddleware(_OnEventLoop, csrf.CsrfViewMiddleware):
    async def process_view(  # type: ignore[override]  # Django takes either
        self, request: HttpRequest, callback: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        return super().process_view(request, callback, args, kwargs)


class XFrameOptionsMiddleware(_OnEventLoop, clickjacking.XFrameOptionsMiddleware):
    pass


class CSPMiddleware(_OnEventLoop, csp.CSPMiddleware):
    pass


class CommonMiddleware(_OnEventLoop, common.CommonMiddleware):
    """Check the host, except of paths that probes request by an address that is not configured, such as a pod's."""

    def process_request(self, request: HttpRequest) -> Any:
        return None if request.path_info in ANY_HOST else super().process_request(request)


class AuthenticationMiddleware(_OnEventLoop, auth.AuthenticationMiddleware):
    pass


class SessionMiddleware(_OnEventLoop, sessions.SessionMiddleware):
    def _may_block(self, request: HttpRequest) -> bool:
        return bool(request.session.accessed or request.session.modified)


class MessageMiddleware(_OnEventLoop, messages.MessageMiddleware):
    def _may_block(self, request: HttpRequest) -> bool:
        storage = request._messages  # type: ignore[attr-defined]  # set by process_request
        return bool(storage.used or storage.added_new)


class WhiteNoiseMiddleware(whitenoise.WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """Look for a file, in a thread, only below the static prefix. Read the folders at the first request for a file.

    Reading them takes 50 ms, by which the server would start later, and each of the tests' clients.
    """

    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self._unread: list[tuple[str, str | None]] = []
        self._reading = Lock()
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def add_files(self, root: str, prefix: str | None = None) -> None:
        self._unread.append((root, prefix))

    def __call__(self, request: HttpRequest) -> Any:
        if not request.path_info.startswith(self.static_prefix):
            return self.get_response(request)
        if iscoroutinefunction(self):
            return self._serve(request)
        file = self._find(request.path_info)
        return self.get_response(request) if file is None else self.serve(file, request)

    async def _serve(self, request: HttpRequest) -> Any:
        file = await sync_to_async(self._find)(request.path_info)
        return await (self.get_response(request) if file is None else sync_to_async(self.serve)(file, request))

    def _find(self, path: str) -> Any:
        with self._reading:
            while self._unread:
                super().add_files(*self._unread.pop(0))
        return self.find_file(path) if self.autorefresh else self.files.get(path)


# Django's system checks look for these names in the settings; the ASGI handler loads these classes instead.
ON_EVENT_LOOP: Final = {
    "django.middleware.security.SecurityMiddleware": f"{__name__}.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware": f"{__name__}.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware": f"{__name__}.XFrameOptionsMiddleware",
}
