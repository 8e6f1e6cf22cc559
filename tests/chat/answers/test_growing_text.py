"""Followers of a growing text: they miss nothing, get nothing twice, and do not delay each other."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from hypothesis import given
from hypothesis import strategies as st

from chat.answers.growing_text import Ended, GrowingText, Piece, ThoughtPiece, Update
from chat.answers.saving import SavedAnswer
from chat.models import Message
from inference.engine import Queued, Started

DONE = SavedAnswer(Message(text="Done."), [])
pieces = st.lists(st.text(min_size=1, max_size=5), max_size=12)


def grow(growing: GrowingText, *texts: str) -> None:
    for text in texts:
        growing.append(text, growing.tokens + 1, 9.5)


async def read(growing: GrowingText, offset: int = 0) -> tuple[str, list[Update]]:
    """Return all text from an offset on, and all updates."""
    updates = [each async for each in growing.follow(offset)]
    return "".join(each.text for each in updates if isinstance(each, Piece)), updates


@given(pieces, pieces, st.data())
async def test_a_follower_gets_exactly_the_text_after_its_offset(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    growing = GrowingText("earlier ")
    grow(growing, *before)
    offset = data.draw(st.integers(0, len(growing.text)))
    reading = asyncio.create_task(read(growing, offset))
    for text in after:
        grow(growing, text)
        if data.draw(st.booleans()):
            await asyncio.sleep(0)
    growing.end(DONE)
    text, updates = await reading
    assert growing.text == "earlier " + "".join(before + after)
    assert text == growing.text[offset:]
    assert updates[-1] == Ended(DONE)


@given(pieces, pieces, st.integers(0, 50))
async def test_offsets_count_the_thought_before_the_text(thought: list[str], text: list[str], offset: int) -> None:
    growing = GrowingText()
    for piece in thought:
        growing.append_thought(piece, growing.tokens + 1, 9.5, 0.5)
    grow(growing, *text)
    growing.end(DONE)
    offset = min(offset, growing.characters)
    updates = [each async for each in growing.follow(offset) if isinstance(each, Piece)]
    assert "".join(each.text for each in updates) == "".join(thought + text)[offset:]
    kinds = [isinstance(each, ThoughtPiece) for each in updates]
    assert kinds == sorted(kinds, reverse=True)
    assert all(each.offset == growing.characters for each in updates[-1:])


@given(st.lists(st.tuples(st.text(min_size=1, max_size=5), st.booleans()), max_size=12))
async def test_a_follower_that_is_cut_off_resumes_at_its_last_offset(texts: list[tuple[str, bool]]) -> None:
    growing = GrowingText()
    got, offset = "", 0
    for text, comes_back in texts:
        grow(growing, text)
        if comes_back:
            async with aclosing(growing.follow(offset)) as updates:
                piece = await anext(updates)
            assert isinstance(piece, Piece)
            got, offset = got + piece.text, piece.offset
    growing.end(DONE)
    assert got + (await read(growing, offset))[0] == "".join(text for text, _ in texts)


async def test_two_followers_receive_the_same_text() -> None:
    growing = GrowingText()
    readers = [asyncio.create_task(read(growing)) for _ in range(2)]
    for text in ("One ", "two ", "three"):
        grow(growing, text)
        await asyncio.sleep(0)
    growing.end(DONE)
    assert [(await reader)[0] for reader in readers] == ["One two three"] * 2


async def test_a_slow_follower_delays_no_other_and_gets_the_rest_in_one_piece() -> None:
    growing = GrowingText()
    async with aclosing(growing.follow(0)) as slow:
        grow(growing, "first")
        assert await anext(slow) == Piece(5, "first", 1, 0, 9.5)
        quick = asyncio.create_task(read(growing))
        for _ in range(1000):
            grow(growing, "x")
        growing.end(DONE)
        assert (await quick)[0] == "first" + "x" * 1000
        rest = await anext(slow)
        assert isinstance(rest, Piece)
        assert (rest.offset, rest.text, rest.tokens) == (1005, "x" * 1000, 1001)
        assert await anext(slow) == Ended(DONE)


async def test_the_latest_state_is_sent_once() -> None:
    growing = GrowingText()
    growing.set_state(Queued(2, None))
    growing.set_state(Queued(1, 3.0))
    reading = asyncio.create_task(read(growing))
    await asyncio.sleep(0)
    growing.set_state(Started(10, 4))
    grow(growing, "text")
    growing.end(None)
    assert (await reading)[1] == [Queued(1, 3.0), Started(10, 4), Piece(4, "text", 1, 0, 9.5), Ended(None)]


async def test_characters_outside_the_basic_plane_count_once() -> None:
    growing = GrowingText()
    grow(growing, "🦜🦜")
    growing.end(DONE)
    assert (await read(growing, 1))[0] == "🦜"
