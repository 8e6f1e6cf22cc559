"""Streams of this protocol: `data:` lines of JSON, and `[DONE]` at the end.

There are no `id:` lines, and no comments to keep the connection open, because some clients fail at them: chunks without
text are sent instead.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Any, Final

from inference.api.streaming import Events, json_line, owned_events
from inference.engine import Event, Finished, Text
from inference.engine.errors import EngineError

from .errors import engine_error_body

CONTENT_TYPE: Final = "text/event-stream"
DONE: Final = b"data: [DONE]\n\n"

# Makes the chunk of a choice, by its index: its beginning, a piece of its text, or its end.
MakeChunk = Callable[[int, str | None, Finished | None], dict[str, Any]]
MakeUsage = Callable[[Sequence[Finished]], dict[str, Any]]


async def write(
    events: Events,
    others: Sequence[AsyncGenerator[Event, None]],
    make_chunk: MakeChunk,
    make_usage: MakeUsage | None,
) -> AsyncIterator[bytes]:
    """Yield the stream: the first choice from `events`, then the `others`, one after the other.

    `make_usage` makes the chunk with the token counts, if the client asked for it.
    """
    ended: list[Finished] = []
    try:
        for index, choice in enumerate([events, *map(owned_events, others)]):
            yield data_event(make_chunk(index, None, None))
            async for event in choice:
                match event:
                    case None:
                        yield data_event(make_chunk(index, "", None))
                    case Text(text):
                        yield data_event(make_chunk(index, text, None))
                    case Finished():
                        ended.append(event)
                        yield data_event(make_chunk(index, None, event))
        if make_usage:
            yield data_event(make_usage(ended))
        yield DONE
    except EngineError as error:
        yield data_event(engine_error_body(error))


def data_event(data: dict[str, Any]) -> bytes:
    """Return one event."""
    return f"data: {json_line(data)}\n\n".encode()
