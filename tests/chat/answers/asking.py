"""Ask questions in this process, and wait for their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from chat.accounts.owners import Owner
from chat.answers.growing_text import Ended, Piece
from chat.conversations import turns
from chat.conversations.representation import message_json
from chat.conversations.turns import Turn
from chat.models import Message

PATIENCE: Final = 60.0  # seconds


async def ask(owner: Owner, text: str = "Why?", after: Message | None = None, **changes: Any) -> Turn:
    conversation = after.conversation_id if after else uuid4()
    frame = {
        "conversation": conversation,
        "message": uuid4(),
        "parent": after.pk if after else None,
        "text": text,
        "settings": {"max_tokens": 1000},
    }
    return await turns.begin(partial(turns.send, owner, frame | changes))


async def ended(turn: Turn) -> dict[str, Any]:
    """Wait for the end of the answer; return it as JSON."""
    assert turn.task
    async with asyncio.timeout(PATIENCE):
        async for update in turn.task.growing.follow(0):
            if isinstance(update, Ended):
                assert update.saved
                return message_json(update.saved.message, update.saved.siblings)
    raise AssertionError("the answer did not end")


async def row(message: str | UUID) -> Message:
    return await Message.objects.aget(pk=message)


async def text_once(turn: Turn, characters: int = 1) -> str:
    """Wait until the answer has this many characters; return them."""
    assert turn.task
    text = ""
    async with asyncio.timeout(PATIENCE):
        async for update in turn.task.growing.follow(0):
            if isinstance(update, Piece):
                text += update.text
            if len(text) >= characters:
                return text
    raise AssertionError("the answer ended before")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 – rows send no events
            await asyncio.sleep(0.02)
