"""Events between the engine and a reader that is slower or faster."""

from __future__ import annotations

import asyncio

import pytest

from inference.engine.channel import Channel
from inference.engine.errors import EngineCrashed
from inference.engine.types import Event, Queued, Started, Text


async def read(channel: Channel, into: list[Event] | None = None) -> list[Event]:
    events = [] if into is None else into
    async for event in channel.events():
        events.append(event)
    return events


async def test_text_that_waits_is_joined() -> None:
    channel = Channel()
    for event in (Started(1, 0), *(Text("x") for _ in range(1000))):
        channel.put(event)
    channel.close()
    assert await read(channel) == [Started(1, 0), Text("x" * 1000)]


async def test_a_newer_position_replaces_one_that_waits() -> None:
    channel = Channel()
    for event in (Queued(3, None), Queued(2, None), Started(1, 0), Text("a")):
        channel.put(event)
    channel.close()
    assert await read(channel) == [Queued(2, None), Started(1, 0), Text("a")]


async def test_a_reader_gets_each_event_immediately() -> None:
    channel = Channel()
    events = channel.events()
    for text in "abc":
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        channel.put(Text(text))
        assert await waiting == Text(text)
    channel.close()
    with pytest.raises(StopAsyncIteration):
        await anext(events)


async def test_an_error_is_raised_after_the_events_before_it() -> None:
    channel = Channel()
    channel.put(Text("partial"))
    channel.close(EngineCrashed("died"))
    events: list[Event] = []
    with pytest.raises(EngineCrashed, match="died"):
        await read(channel, events)
    assert events == [Text("partial")]


async def test_closing_wakes_a_waiting_reader() -> None:
    channel = Channel()
    reading = asyncio.create_task(read(channel))
    await asyncio.sleep(0)
    channel.close()
    async with asyncio.timeout(5):
        assert await reading == []
