"""The answers that are being made. An answer outlives the socket that asked for it.

Each is a task of its own that reads the engine's events into a growing text. Sockets are followers: an offset into that
text, and nothing else, so that a slow one delays nobody and one that comes back goes on where it was. What there is of
an answer is saved about once a second, and when it ends.

There is one server process, and this is its memory: whatever the database says, an answer that is not here is not being
made. A conversation has at most one.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from chat.database import in_database

if TYPE_CHECKING:
    from chat.conversations.turns import Turn

    from .answer_task import Generation

log = logging.getLogger(__name__)

END_PATIENCE: Final = 1.0  # seconds that answers get to hear that the engine has stopped
SAVE_PATIENCE: Final = 4.0  # seconds that the last saves may take; gunicorn kills the worker 10 s after the drain

_lock = threading.Lock()
_by_answer: dict[UUID, Generation] = {}
_by_conversation: dict[UUID, Generation] = {}
_beginnings: set[asyncio.Task[Turn]] = set()  # kept, for the loop does not


def running(conversation: UUID) -> bool:
    """Whether an answer in this conversation is being made. From any thread."""
    return conversation in _by_conversation


def making(answer: UUID) -> bool:
    """Whether this answer is being made. From any thread."""
    return answer in _by_answer


def find(answer: UUID) -> Generation | None:
    """The making of this answer, if it is under way."""
    return _by_answer.get(answer)


def stop_in(conversation: UUID) -> None:
    """End the answer that is being made in this conversation, if there is one. From any thread; does not wait."""
    if generation := _by_conversation.get(conversation):
        generation.stop()


def reserve(generation: Generation) -> bool:
    """Take the conversation's one place for an answer; False where it is taken. From any thread.

    Before the answer's row is written, so that nobody sees a row that says it is being made while it is not.
    """
    with _lock:
        if generation.conversation in _by_conversation:
            return False
        _by_conversation[generation.conversation] = _by_answer[generation.answer] = generation
        return True


def release(generation: Generation) -> None:
    """The place is free again. From any thread."""
    with _lock:
        del _by_conversation[generation.conversation], _by_answer[generation.answer]


async def begin(write_turn: Callable[[], Turn]) -> Turn:
    """Write a turn (see `turns.py`), and begin its answer, also if who asked for it goes away meanwhile."""
    task = asyncio.create_task(_begin(write_turn))
    _beginnings.add(task)
    task.add_done_callback(_begun)
    return await asyncio.shield(task)


async def _begin(write_turn: Callable[[], Turn]) -> Turn:
    turn = await in_database(write_turn)
    if turn.generation:
        turn.generation.begin()
    return turn


def _begun(task: asyncio.Task[Turn]) -> None:
    _beginnings.discard(task)
    if not task.cancelled():
        task.exception()  # whoever asked has it, or is gone


async def end_all() -> None:
    """Save what there is of every answer; those that still run are interrupted. For a server that stops."""
    ends = [asyncio.ensure_future(generation.wait()) for generation in list(_by_answer.values())]
    if not ends:
        return
    await asyncio.wait(ends, timeout=END_PATIENCE)
    for generation in list(_by_answer.values()):
        generation.interrupt()
    _, unsaved = await asyncio.wait(ends, timeout=SAVE_PATIENCE)
    for end in unsaved:
        end.cancel()
    if unsaved:
        log.error("%d answers could not be saved to their end before the server stopped.", len(unsaved))
