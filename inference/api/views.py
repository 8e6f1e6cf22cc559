"""The base class of API views, for all protocols."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from adrf import views
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from rest_framework.authentication import BaseAuthentication

from inference.models import ApiKey

from .authentication import SessionAuthentication, key_of
from .negotiation import FirstRenderer
from .parsers import NestedTooDeeply
from .streaming import at_end_of_request

log = logging.getLogger(__name__)


class APIView(views.APIView):  # type: ignore[misc]  # adrf has no types
    """A view with async handlers that answers in JSON, and records the use of the API key after the response."""

    content_negotiation_class = FirstRenderer
    ignores_foreign_keys = False  # see `KeyAuthentication`

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


def _record_use(key: ApiKey) -> None:
    try:
        key.touch()
    except DatabaseError as error:  # the response does not depend on it
        log.warning("The use of API key %d could not be recorded: %s", key.pk, error)
