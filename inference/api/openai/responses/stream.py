"""The typed events of a streamed response, each with its number and, on its `event:` line, its type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

from inference.api.streaming import Events, json_line
from inference.engine import Finished, Text
from inference.engine.errors import EngineError

from .answers import ResponseAnswer, status_of, text_part


async def write(events: Events, answer: ResponseAnswer) -> AsyncIterator[bytes]:
    """Yield the stream. It has one message with one part, so that all indices are 0.

    An empty delta keeps the connection open, because comments make some clients fail.
    """
    numbers = count()

    def event(kind: str, **fields: Any) -> bytes:
        data = {"type": f"response.{kind}", "sequence_number": next(numbers)} | fields
        return f"event: {data['type']}\ndata: {json_line(data)}\n\n".encode()

    item: dict[str, Any] = {"output_index": 0}
    part = item | {"item_id": answer.message_id, "content_index": 0}
    text = ""
    yield event("created", response=answer.begun())
    yield event("in_progress", response=answer.begun())
    yield event("output_item.added", **item, item=answer.message("in_progress", None))
    yield event("content_part.added", **part, part=text_part(""))
    try:
        async for generated in events:
            match generated:
                case None:
                    yield event("output_text.delta", **part, delta="", logprobs=[])
                case Text(piece):
                    text += piece
                    yield event("output_text.delta", **part, delta=piece, logprobs=[])
                case Finished():
                    status = status_of(generated)
                    yield event("output_text.done", **part, text=text, logprobs=[])
                    yield event("content_part.done", **part, part=text_part(text))
                    yield event("output_item.done", **item, item=answer.message(status, text))
                    yield event(status, response=answer.finished(text, generated))
    except EngineError as error:
        yield event("failed", response=answer.failed(error))
