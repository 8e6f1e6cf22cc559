"""The base class of API views, for all protocols."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from rest_framework import exceptions, views
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from bitnetsite.http.error_bodies import printable
from inference.models import ApiKey

from .authentication import SessionAuthentication, key_of, sent_keys
from .negotiation import FirstRenderer
from .parsers import NestedTooDeeply
from .streaming import at_end_of_request

log = logging.getLogger(__name__)

ExceptionHandler = Callable[[Exception, dict[str, Any]], Response | None]


class APIView(views.APIView):
    """A view with async handlers that answers in JSON, and records the use of the API key after the response.

    REST framework runs on the event loop, and in a thread only what asks the database.
    `exception_handler`: a static method that returns the response for an error, in the shape of the view's protocol.
    """

    content_negotiation_class = FirstRenderer
    ignores_foreign_keys = False  # see `KeyAuthentication`
    exception_handler: ExceptionHandler | None = None

    def get_exception_handler(self) -> ExceptionHandler:
        handler: ExceptionHandler = self.exception_handler or super().get_exception_handler()
        return handler

    async def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # Django takes either
        """Do as REST framework does."""
        self.args, self.kwargs = args, kwargs
        asked = self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            initial = sync_to_async(self.initial) if _asks_database(asked) else _on_event_loop(self.initial)
            await initial(asked, *args, **kwargs)
            known = (asked.method or "").lower() in self.http_method_names
            handler = getattr(self, (asked.method or "").lower(), None) if known else None
            response: Any = (handler or self.http_method_not_allowed)(asked, *args, **kwargs)
            response = await response if isawaitable(response) else response
        except Exception as error:
            response = self.handle_exception(error)
        response = self.response = self.finalize_response(asked, response, *args, **kwargs)
        await self._record_use(response)
        return _rendered(response)

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Return the classes that apply with the current settings; the API's description lists these."""
        authenticators: list[BaseAuthentication] = super().get_authenticators()
        if settings.REQUIRE_LOGIN and not settings.REQUIRE_API_KEY:
            return authenticators
        return [each for each in authenticators if not isinstance(each, SessionAuthentication)]

    def handle_exception(self, exc: Exception) -> Response:
        """Return the response for an error. Some bodies can just be parsed, but are nested too deeply for the rest."""
        return super().handle_exception(NestedTooDeeply() if isinstance(exc, RecursionError) else exc)

    async def _record_use(self, response: HttpResponseBase) -> None:
        key = key_of(self.request)
        if key is None:
            return
        # A stream is still to be read. Its client may leave at any moment.
        record = partial(database_sync_to_async(_record_use, thread_sensitive=False), key)
        if isinstance(response, StreamingHttpResponse):
            at_end_of_request(record)
        else:
            await record()


class UnknownPath(APIView):
    """Every path of a protocol that does not exist."""

    schema = None

    async def _refuse(self, request: Request) -> Response:
        path = printable(request.path)
        raise exceptions.NotFound(f"Nothing was found at {path}. The API is described at {reverse('docs')}.")

    get = post = put = patch = delete = _refuse


def _asks_database(request: Request) -> bool:
    """Return whether authentication or limits need the database."""
    return bool(settings.REQUIRE_LOGIN or settings.RATE_LIMIT or sent_keys(request))


def _on_event_loop(initial: Callable[..., None]) -> Callable[..., Awaitable[None]]:
    async def run(*args: Any, **kwargs: Any) -> None:
        initial(*args, **kwargs)

    return run


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Return a response that is rendered: Django would start a thread for that."""
    if not isinstance(response, Response):
        return response
    content = response.render().content
    return HttpResponse(content, status=response.status_code, headers=response.headers)


def _record_use(key: ApiKey) -> None:
    try:
        key.touch()
    except DatabaseError as error:  # the response does not depend on it
        log.warning("The use of API key %d could not be recorded: %s", key.pk, error)
