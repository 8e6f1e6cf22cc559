"""The events of one generation, between the engine and the caller."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from .types import Event, Queued, Reasoning, Text


class Channel:
    """A queue of events for one reader. A slow reader does not delay the engine.

    Pieces of text that wait are joined, so that a channel never holds more than its answer.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._error: Exception | None = None
        self._closed = False
        self._changed = asyncio.Event()

    def put(self, event: Event) -> None:
        """Add an event. Text is joined with text that waits; a new position in the queue replaces one that waits."""
        last = self._events[-1] if self._events else None
        if isinstance(event, Text | Reasoning) and isinstance(last, type(event)):
            self._events[-1] = type(event)(last.text + event.text, last.tokens + event.tokens)
        elif isinstance(event, Queued) and isinstance(last, Queued):
            self._events[-1] = event
        else:
            self._events.append(event)
        self._changed.set()

    def close(self, error: Exception | None = None) -> None:
        """End the events; the reader gets the remaining ones, then `error` is raised."""
        self._closed, self._error = True, error
        self._changed.set()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield the events until the channel is closed."""
        while True:
            while self._events:
                yield self._events.popleft()
            if self._closed:
                break
            self._changed.clear()
            await self._changed.wait()
        if self._error:
            raise self._error
