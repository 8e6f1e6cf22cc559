"""The events of one generation on their way to whoever asked for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from inference.engine.types import Event, Queued, Text


class Channel:
    """Events put in at the engine's pace and taken out at the reader's.

    A slow reader holds nobody up: waiting pieces of text become one, so a channel never holds more than its answer.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._error: Exception | None = None
        self._closed = False
        self._changed = asyncio.Event()

    def put(self, event: Event) -> None:
        """Add an event. Text joins text that waits; a position in the queue replaces the one before."""
        last = self._events[-1] if self._events else None
        if isinstance(event, Text) and isinstance(last, Text):
            self._events[-1] = Text(last.text + event.text, last.tokens + event.tokens)
        elif isinstance(event, Queued) and isinstance(last, Queued):
            self._events[-1] = event
        else:
            self._events.append(event)
        self._changed.set()

    def close(self, error: Exception | None = None) -> None:
        """Nothing more comes; `error` is raised to the reader after the events."""
        self._closed, self._error = True, error
        self._changed.set()

    async def events(self) -> AsyncGenerator[Event, None]:
        """For one reader."""
        while True:
            while self._events:
                yield self._events.popleft()
            if self._closed:
                break
            self._changed.clear()
            await self._changed.wait()
        if self._error:
            raise self._error
