"""A generation as server-sent events.

event: queued   data: {"position", "estimated_seconds"}   while it waits, and the position changes
event: text     data: {"text"}                            the next piece of the answer
event: done     data: as the plain answer                 the last one
event: error    data: {"detail", "code"}                  the last one, where the answer could not be finished
:               a comment, after 10 s without an event: proxies drop a connection that is silent
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from django.http import StreamingHttpResponse

from inference.api.errors import engine_error_body
from inference.engine import Event, Finished, Queued, Text
from inference.engine.errors import EngineError

SILENCE = 10.0  # seconds
PATIENCE = 2.0  # seconds for the first event: an error until then still has a status of its own


async def event_stream_response(
    events: AsyncGenerator[Event, None], answer: Callable[[str, Finished], dict[str, Any]]
) -> StreamingHttpResponse:
    """The response; `answer` makes the body of the plain answer. Raises an EngineError that comes at once."""
    first = asyncio.ensure_future(anext(events))
    try:
        await asyncio.wait([first], timeout=PATIENCE)
    except asyncio.CancelledError:  # the client is gone
        first.cancel()
        raise
    if first.done() and (error := first.exception()):
        raise error
    response = StreamingHttpResponse(_stream(events, first, answer), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"  # nginx would hold the events back
    return response


async def _stream(
    events: AsyncGenerator[Event, None],
    following: asyncio.Future[Event],
    answer: Callable[[str, Finished], dict[str, Any]],
) -> AsyncGenerator[bytes, None]:
    text = ""
    try:
        while True:
            if not (await asyncio.wait([following], timeout=SILENCE))[0]:
                yield b": the answer is still being made\n\n"
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
        yield _event("error", engine_error_body(error))
    finally:
        following.cancel()
        await asyncio.wait([following])
        await events.aclose()


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
