"""Streamed answers, for every protocol: a response whose generation ends when its client leaves, at any moment.

A protocol streams an answer with one call, and one function that writes events in its own format:

    events = generation_events(request, generation, "api")
    return await stream_response(events, write, "text/event-stream")

    async def write(events: Events) -> AsyncIterator[bytes]:
        try:
            async for event in events:
                match event:
                    case None: ...        # KEEP_ALIVE seconds have passed without an event
                    case Text(piece): ...
                    case Finished(): ...  # always the last; the caller's places are free already
        except (EngineError, LimitReached) as error: ...  # instead of `Finished`

`write` needs no clean-up of its own. A client may leave after the view has returned and before the first read, or
while no code of the stream runs; Django then drops the response, and its generators wait for the garbage collector,
which closes them late and in no order. Therefore the request owns the generation, and not the response:
`RequestEnd`, an ASGI middleware, closes it when the request is over, however it ended.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any, Final

from django.http import StreamingHttpResponse

from inference.engine import Event
from inference.engine.event_stream import EventStream

KEEP_ALIVE: Final = 10.0  # seconds without an event until `write` can send something: proxies close idle connections
FIRST_EVENT_WAIT: Final = 2.0  # seconds; an error within that time still gets its own HTTP status

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

Events = AsyncIterator[Event | None]
Callback = Callable[[], Awaitable[None]]

_at_end: ContextVar[list[Callback] | None] = ContextVar("at_end", default=None)


class RequestEnd:
    """ASGI middleware that runs what `at_end_of_request` registered, after the response or the client's departure."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        callbacks: list[Callback] = []
        token = _at_end.set(callbacks)
        try:
            await self._application(scope, receive, send)
        finally:
            _at_end.reset(token)
            await asyncio.gather(*(callback() for callback in callbacks))


def at_end_of_request(callback: Callback) -> None:
    """Await `callback()` once the current request is over. Without `RequestEnd`, as in a test client, never."""
    callbacks = _at_end.get()
    if callbacks is not None:
        callbacks.append(callback)


async def stream_response(
    events: AsyncGenerator[Event, None], write: Callable[[Events], AsyncIterator[bytes]], content_type: str
) -> StreamingHttpResponse:
    """Return the response with the events of one generation as `write` writes them.

    Raise an error that occurs within FIRST_EVENT_WAIT seconds, before any event.
    """
    stream = EventStream(events, KEEP_ALIVE)
    at_end_of_request(stream.close)
    try:
        await stream.wait_for_first(FIRST_EVENT_WAIT)
    except BaseException:
        await stream.close()
        raise
    response = StreamingHttpResponse(write(stream.events()), content_type=content_type)
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"  # else nginx buffers the events
    return response


def owned_events(events: AsyncGenerator[Event, None]) -> Events:
    """Return the events of a further generation of the current request, which owns it too."""
    stream = EventStream(events, KEEP_ALIVE)
    at_end_of_request(stream.close)
    return stream.events()


def json_line(data: Any) -> str:
    """Return JSON without any character that a client may take for the end of a line.

    The standards know CR and LF only, but libraries split text with Python's `splitlines` and its like.
    """
    text = json.dumps(data, ensure_ascii=False)
    for separator in ("\x85", "\u2028", "\u2029"):  # JSON escapes the others itself
        text = text.replace(separator, f"\\u{ord(separator):04x}")
    return text
