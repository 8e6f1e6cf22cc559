"""The events of a generation for a reader that may leave at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from .errors import EngineStopping
from .types import Event, Finished


class EventStream:
    """The events of one generation, which can be closed at any moment, also while another task waits for the next.

    `keep_alive`: seconds without an event after which `events` yields None.
    """

    def __init__(self, events: AsyncGenerator[Event, None], keep_alive: float) -> None:
        self._events = events
        self._keep_alive = keep_alive
        self._following: asyncio.Future[Event] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def wait_for_first(self, seconds: float) -> None:
        """Wait for the first event for at most `seconds`. Raise the error that occurred instead."""
        following = self._follow()
        await asyncio.wait([following], timeout=seconds)
        if following.done() and (error := following.exception()):
            raise error

    async def events(self) -> AsyncGenerator[Event | None, None]:
        """Yield the events, and None after each `keep_alive` seconds without one. Raise the generation's error.

        `Finished` comes after the generation has been closed, so that a client that reads it may ask again at once.
        """
        while True:
            following = self._follow()
            if not (await asyncio.wait([following], timeout=self._keep_alive))[0]:
                yield None
                continue
            self._following = None
            try:
                event = following.result()
            except StopAsyncIteration:
                raise EngineStopping("The generation ended without a result. Try again.") from None
            if isinstance(event, Finished):
                await self.close()
            yield event
            if isinstance(event, Finished):
                return

    async def close(self) -> None:
        """End the generation. It ends even if the caller is cancelled."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    def _follow(self) -> asyncio.Future[Event]:
        if self._following is None:
            self._following = asyncio.ensure_future(anext(self._events))
        return self._following

    async def _close(self) -> None:
        """Close the events once nothing reads them: closing a generator that runs is an error."""
        if self._following:
            self._following.cancel()
            await asyncio.wait([self._following])
            if not self._following.cancelled():
                self._following.exception()  # retrieved: otherwise asyncio logs it
        await self._events.aclose()
