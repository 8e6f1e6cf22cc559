"""Streams of this protocol: an object of JSON per line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from inference.api.limits.policy import LimitReached
from inference.api.streaming import Events, json_line
from inference.engine import Finished, Reasoning, Started, Text
from inference.engine.errors import EngineError
from inference.serving.service import Completion

from .answers import Answers
from .errors import engine_error_body

CONTENT_TYPE: Final = "application/x-ndjson"


async def write(events: Events, answers: Answers) -> AsyncIterator[bytes]:
    """Yield the stream. A piece without text keeps the connection open: every line has to be an object."""
    text = reasoning = ""
    try:
        async for event in events:
            match event:
                case None:
                    yield _line(answers.piece(""))
                case Started():
                    answers.answered_by(event.model)
                case Text(piece):
                    text += piece
                    yield _line(answers.piece(piece))
                case Reasoning(piece):
                    reasoning += piece
                    yield _line(answers.piece("", piece))
                case Finished():
                    yield _line(answers.end(Completion(text, reasoning, event), whole=False))
    except (EngineError, LimitReached) as error:
        yield _line(engine_error_body(error))


def _line(data: dict[str, Any]) -> bytes:
    return f"{json_line(data)}\n".encode()
