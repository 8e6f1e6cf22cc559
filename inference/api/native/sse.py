"""A generation as server-sent events.

event: queued   data: {"position", "estimated_seconds"}   whenever the position in the queue changes
event: text     data: {"text"}                            the next piece of the answer
event: done     data: the body of a plain answer          the last event
event: error    data: {"detail", "code"}                  the last event of an answer that failed
:               a comment, after 10 s without an event: proxies close idle connections
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from django.http import StreamingHttpResponse

from inference.engine import Event, Finished, Queued, Text
from inference.engine.errors import EngineError

from .errors import error_body

KEEP_ALIVE = 10.0  # seconds without an event until a comment is sent
FIRST_EVENT_WAIT = 2.0  # seconds; an error within that time still gets its own HTTP status


async def event_stream_response(
    events: AsyncGenerator[Event, None], answer: Callable[[str, Finished], dict[str, Any]]
) -> StreamingHttpResponse:
    """Return the response. `answer` makes the body of the `done` event. Raise an error that occurs immediately."""
    first = asyncio.ensure_future(anext(events))
    try:
        await asyncio.wait([first], timeout=FIRST_EVENT_WAIT)
    except asyncio.CancelledError:  # the client disconnected
        first.cancel()
        raise
    if first.done() and (error := first.exception()):
        raise error
    response = StreamingHttpResponse(_stream(events, first, answer), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"  # else nginx buffers the events
    return response


async def _stream(
    events: AsyncGenerator[Event, None],
    following: asyncio.Future[Event],
    answer: Callable[[str, Finished], dict[str, Any]],
) -> AsyncGenerator[bytes, None]:
    text = ""
    try:
        while True:
            if not (await asyncio.wait([following], timeout=KEEP_ALIVE))[0]:
                yield b": still generating\n\n"
                continue
            match following.result():
                case Queued(position, seconds):
                    yield _event("queued", {"position": position, "estimated_seconds": seconds})
                case Text(text=piece):
                    text += piece
                    yield _event("text", {"text": piece})
                case Finished() as finished:
                    yield _event("done", answer(text, finished))
                    return
            following = asyncio.ensure_future(anext(events))
    except EngineError as error:
        yield _event("error", error_body(error))
    finally:
        following.cancel()
        await asyncio.wait([following])
        await events.aclose()


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
