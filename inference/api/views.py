"""The base class of API views, for all protocols."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from adrf import views
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from bitnetsite.http.error_bodies import printable
from inference.models import ApiKey

from .authentication import SessionAuthentication, key_of
from .negotiation import FirstRenderer
from .parsers import NestedTooDeeply
from .streaming import at_end_of_request

log = logging.getLogger(__name__)

ExceptionHandler = Callable[[Exception, dict[str, Any]], Response | None]


class APIView(views.APIView):  # type: ignore[misc]  # adrf has no types
    """A view with async handlers that answers in JSON, and records the use of the API key after the response.

    `exception_handler`: a static method that returns the response for an error, in the shape of the view's protocol.
    """

    content_negotiation_class = FirstRenderer
    ignores_foreign_keys = False  # see `KeyAuthentication`
    exception_handler: ExceptionHandler | None = None

    def get_exception_handler(self) -> ExceptionHandler:
        handler: ExceptionHandler = self.exception_handler or super().get_exception_handler()
        return handler

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Return the classes that apply with the current settings; the API's description lists these."""
        authenticators: list[BaseAuthentication] = super().get_authenticators()
        if settings.REQUIRE_LOGIN and not settings.REQUIRE_API_KEY:
            return authenticators
        return [each for each in authenticators if not isinstance(each, SessionAuthentication)]

    def handle_exception(self, exc: Exception) -> HttpResponseBase:
        """Return the response for an error. Some bodies can just be parsed, but are nested too deeply for the rest."""
        response: HttpResponseBase = super().handle_exception(
            NestedTooDeeply() if isinstance(exc, RecursionError) else exc
        )
        return response

    async def async_dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = await super().async_dispatch(request, *args, **kwargs)
        key = key_of(self.request)
        if key is None:
            return response
        # A stream is still to be read. Its client may leave at any moment.
        record = partial(database_sync_to_async(_record_use, thread_sensitive=False), key)
        if isinstance(response, StreamingHttpResponse):
            at_end_of_request(record)
        else:
            await record()
        return response


class UnknownPath(APIView):
    """Every path of a protocol that does not exist."""

    schema = None

    async def _refuse(self, request: Request) -> Response:
        path = printable(request.path)
        raise exceptions.NotFound(f"Nothing was found at {path}. The API is described at {reverse('docs')}.")

    get = post = put = patch = delete = _refuse


def _record_use(key: ApiKey) -> None:
    try:
        key.touch()
    except DatabaseError as error:  # the response does not depend on it
        log.warning("The use of API key %d could not be recorded: %s", key.pk, error)
