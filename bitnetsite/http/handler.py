"""Django's ASGI handler, with middleware on the event loop, and the length of each request's body."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import IO, Any

from asgiref.sync import SyncToAsync, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.signals import request_finished
from django.http import HttpResponseBase
from django.urls import set_script_prefix

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class Request(ASGIRequest):
    """Sets CONTENT_LENGTH to the length of the body as it was read.

    A chunked or decompressed body has no Content-Length, and REST framework takes it for empty.
    """

    def __init__(self, scope: MutableMapping[str, Any], body_file: IO[bytes]) -> None:
        super().__init__(scope, body_file)
        body_file.seek(0, os.SEEK_END)
        if length := body_file.tell():
            self.META["CONTENT_LENGTH"] = str(length)
        body_file.seek(0)


class Handler(ASGIHandler):
    request_class = Request

    def load_middleware(self, is_async: bool = False) -> None:
        """Load the middleware of the settings, in the form that needs no threads. Called once, by the constructor."""
        from .middleware import ON_EVENT_LOOP

        named = settings.MIDDLEWARE
        settings.MIDDLEWARE = [ON_EVENT_LOOP.get(name, name) for name in named]
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = named

    async def handle(self, scope: Any, receive: Receive, send: Any) -> None:  # type: ignore[override]  # narrower types of messages
        """Do as Django does, but start no thread for a request that needs none.

        Django sends its signals in the request's own thread, so that the database connections of that are closed. A
        thread that is new has none, and a request without a thread has none either.
        """
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            set_script_prefix(get_script_prefix(scope))
            request, refused = self.create_request(scope, body)
            if request:
                response = await _while_connected(receive, self._respond(request, send))
            elif response := refused:
                await self.send_response(response, send)
            if not _has_thread():
                if response:
                    response.close()
            elif response:
                await sync_to_async(response.close)()
            else:
                await request_finished.asend(sender=type(self))

    async def _respond(self, request: ASGIRequest, send: Any) -> HttpResponseBase:
        response = await self.run_get_response(request)
        with suppress(asyncio.CancelledError):  # the client left
            await self.send_response(response, send)
        return response


async def _while_connected(receive: Receive, work: Coroutine[Any, Any, HttpResponseBase]) -> HttpResponseBase | None:
    """Return the result; None if the client left before there was one, which cancels the work."""
    task, left = asyncio.create_task(work), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((task, left), return_when=asyncio.FIRST_COMPLETED)
    finally:
        left.cancel()
        if not task.done():
            task.cancel()
        await asyncio.wait((task, left))
    return None if task.cancelled() else task.result()


def _has_thread() -> bool:
    """Return whether the current request has used a thread."""
    return SyncToAsync.thread_sensitive_context.get(None) in SyncToAsync.context_to_thread_executor
