"""Streams of this protocol: `data:` lines of JSON, and `[DONE]` at the end.

There are no `id:` lines, and no comments to keep the connection open, because some clients fail at them: chunks without
text are sent instead.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from itertools import chain
from typing import Any, Final

from inference.api.limits.policy import LimitReached
from inference.api.streaming import Events, json_line, owned_events
from inference.engine import Event, Finished, Reasoning, Started, Text
from inference.engine.errors import EngineError

from .answers import Answers
from .errors import engine_error_body

CONTENT_TYPE: Final = "text/event-stream"
DONE: Final = b"data: [DONE]\n\n"


async def write(
    events: Events, others: Iterable[AsyncGenerator[Event, None]], answers: Answers, *, with_usage: bool
) -> AsyncIterator[bytes]:
    """Yield the stream: the first choice from `events`, then the `others`, one after the other."""
    ended: list[Finished] = []
    try:
        for index, choice in enumerate(chain([events], map(owned_events, others))):
            yield data_event(answers.chunk(index, None))
            async for event in choice:
                match event:
                    case None:
                        yield data_event(answers.chunk(index, Text("", tokens=0)))
                    case Started():
                        answers.answered_by(event.model)
                    case Text() | Reasoning():
                        yield data_event(answers.chunk(index, event))
                    case Finished():
                        ended.append(event)
                        yield data_event(answers.chunk(index, event))
        if with_usage:
            yield data_event(answers.usage(ended))
        yield DONE
    except (EngineError, LimitReached) as error:  # another request may take the key's place between two choices
        yield data_event(engine_error_body(error))


def data_event(data: dict[str, Any]) -> bytes:
    """Return one event."""
    return f"data: {json_line(data)}\n\n".encode()
