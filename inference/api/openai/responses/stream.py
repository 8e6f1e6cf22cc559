"""The typed events of a streamed response, each with its number and, on its `event:` line, its type."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Any, Final

from inference.api.limits.policy import LimitReached
from inference.api.streaming import Events, json_line
from inference.engine import Finished, Reasoning, Started, Text
from inference.engine.errors import EngineError
from inference.serving.service import Completion

from .answers import ResponseAnswer, status_of

# Names of the events of each kind of item: of its part, and of the pieces of its text.
PART: Final = {"reasoning": "reasoning_text", "message": "output_text"}


async def write(events: Events, answer: ResponseAnswer) -> AsyncIterator[bytes]:
    """Yield the stream: an item for the thought, if there is one, then the message. Each has one part.

    An empty delta keeps the connection open, because comments make some clients fail.
    """
    numbers = count()

    def event(kind: str, **fields: Any) -> bytes:
        data = {"type": f"response.{kind}", "sequence_number": next(numbers)} | fields
        return f"event: {data['type']}\ndata: {json_line(data)}\n\n".encode()

    items: list[_Item] = []

    def begin(kind: str) -> Iterator[bytes]:
        """Begin an item, and end the one before, unless it has begun."""
        if not items or items[-1].kind != kind:
            yield from end("completed")
            items.append(item := _Item(kind, len(items), answer))
            yield event("output_item.added", **item.place, item=item.object("in_progress", begun=False))
            yield event("content_part.added", **item.part_place, part=item.part(""))

    def end(status: str) -> Iterator[bytes]:
        for item in items[-1:]:
            yield event(f"{item.part_kind}.done", **item.part_place, text=item.text, **item.no_logprobs)
            yield event("content_part.done", **item.part_place, part=item.part(item.text))
            yield event("output_item.done", **item.place, item=item.object(status))

    def add(kind: str, piece: str) -> Iterator[bytes]:
        yield from begin(kind)
        item = items[-1]
        item.text += piece
        yield event(f"{item.part_kind}.delta", **item.part_place, delta=piece, **item.no_logprobs)

    yield event("created", response=answer.begun())
    yield event("in_progress", response=answer.begun())
    try:
        async for generated in events:
            match generated:
                case None if items:
                    for data in add(items[-1].kind, ""):
                        yield data
                case None:  # whether the model thinks first is not known yet
                    yield event("in_progress", response=answer.begun())
                case Started():
                    answer.answered_by(generated.model)
                case Reasoning(piece):
                    for data in add("reasoning", piece):
                        yield data
                case Text(piece):
                    for data in add("message", piece):
                        yield data
                case Finished():
                    status = status_of(generated)
                    for data in (*begin("message"), *end(status)):
                        yield data
                    texts = {item.kind: item.text for item in items}
                    completion = Completion(texts["message"], texts.get("reasoning", ""), generated)
                    yield event(status, response=answer.finished(completion))
    except (EngineError, LimitReached) as error:
        yield event("failed", response=answer.failed(error))


class _Item:
    """An item of the output, at number `index`, and its text so far."""

    def __init__(self, kind: str, index: int, answer: ResponseAnswer) -> None:
        self.kind = kind
        self.part_kind = PART[kind]
        self.text = ""
        self.place = {"output_index": index}
        self.part_place = self.place | {"item_id": answer.item_id(kind), "content_index": 0}
        self.no_logprobs: dict[str, Any] = {"logprobs": []} if kind == "message" else {}
        self._answer = answer

    def object(self, status: str, *, begun: bool = True) -> dict[str, Any]:
        """Return the item with its text; without a part if it has not begun."""
        return self._answer.item(self.kind, status, self.text if begun else None)

    def part(self, text: str) -> dict[str, Any]:
        """Return its part with this text."""
        return self._answer.part(self.kind, text)
