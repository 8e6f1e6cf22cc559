"""A generation as server-sent events.

event: queued     data: {"position", "estimated_seconds"}   whenever the position in the queue changes
event: reasoning  data: {"text"}                            the next piece of the model's thought, before the answer
event: text       data: {"text"}                            the next piece of the answer
event: done       data: the body of a plain answer          the last event
event: error      data: {"detail", "code"}                  the last event of an answer that failed
:                 a comment, after 10 s without an event: proxies close idle connections
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from inference.api.limits.policy import LimitReached
from inference.api.streaming import Events, json_line
from inference.engine import Finished, Queued, Reasoning, Text
from inference.engine.errors import EngineError
from inference.serving.service import Completion

from .errors import error_body

CONTENT_TYPE = "text/event-stream"


async def write(events: Events, answer: Callable[[Completion], dict[str, Any]]) -> AsyncIterator[bytes]:
    """Yield the stream. `answer` makes the body of the `done` event."""
    text = reasoning = ""
    try:
        async for event in events:
            match event:
                case None:
                    yield b": still generating\n\n"
                case Queued(position, seconds):
                    yield _event("queued", {"position": position, "estimated_seconds": seconds})
                case Text(text=piece):
                    text += piece
                    yield _event("text", {"text": piece})
                case Reasoning(text=piece):
                    reasoning += piece
                    yield _event("reasoning", {"text": piece})
                case Finished() as finished:
                    yield _event("done", answer(Completion(text, reasoning, finished)))
    except (EngineError, LimitReached) as error:
        yield _event("error", error_body(error))


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json_line(data)}\n\n".encode()
