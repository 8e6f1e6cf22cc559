"""The registry of answers that are being generated. An answer outlives the socket that asked for it.

Each answer is a task of its own that reads the engine's events into a growing text. Sockets only follow that text, each
at its own offset: a slow one delays nothing, and one that reconnects resumes where it was. The text is saved about once
a second, and at the end.

The registry is kept in memory, since there is one server process. The registry, and not a row's status, decides which
answers are being generated: a row with the status "generating" that is not registered was interrupted. A conversation
has at most one.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Final
from uuid import UUID

from chat.transport import presence

from .answer_task import AnswerTask

log = logging.getLogger(__name__)

ENGINE_TIMEOUT: Final = 1.0  # seconds for answers to end after the engine has stopped
SAVE_TIMEOUT: Final = 4.0  # seconds for the last saves; gunicorn kills the worker 10 s after the drain

_lock = threading.Lock()
_by_answer: dict[UUID, AnswerTask] = {}
_by_conversation: dict[UUID, AnswerTask] = {}
_running: set[asyncio.Task[None]] = set()


def is_answering(conversation_id: UUID) -> bool:
    """Return whether an answer in this conversation is being generated. From any thread."""
    return conversation_id in _by_conversation


def is_generating(answer_id: UUID) -> bool:
    """Return whether this answer is being generated. From any thread."""
    return answer_id in _by_answer


def find(answer_id: UUID) -> AnswerTask | None:
    """Return the task of an answer that is being generated. From any thread."""
    return _by_answer.get(answer_id)


def tasks() -> list[AnswerTask]:
    """Return the tasks of all answers that are being generated. From any thread."""
    with _lock:
        return list(_by_answer.values())


def stop_in(conversation_id: UUID) -> None:
    """End the answer that is being generated in this conversation, if any. From any thread; do not wait."""
    if task := _by_conversation.get(conversation_id):
        task.stop()


def reserve(task: AnswerTask) -> bool:
    """Register an answer before its row is written; return False where the conversation has one. From any thread.

    The order matters: a committed row with the status "generating" that is not registered counts as interrupted.
    """
    with _lock:
        if task.conversation_id in _by_conversation:
            return False
        _by_conversation[task.conversation_id] = _by_answer[task.answer_id] = task
        return True


def release(task: AnswerTask) -> None:
    """Remove an answer that has ended, or whose turn could not be written. From any thread."""
    with _lock:
        del _by_conversation[task.conversation_id], _by_answer[task.answer_id]


def start(task: AnswerTask) -> None:
    """Start generating a reserved answer on the running event loop; release it at its end."""
    running = asyncio.create_task(_run(task))
    _running.add(running)
    running.add_done_callback(_running.discard)


async def end_all() -> None:
    """Save the text so far of every answer, and interrupt those that still run. Called when the server stops."""
    if _running:
        await asyncio.wait(_running, timeout=ENGINE_TIMEOUT)
    for task in tasks():
        task.interrupt()
    if not _running:
        return
    _, unsaved = await asyncio.wait(_running, timeout=SAVE_TIMEOUT)
    if unsaved:
        log.error("The ends of %d answers could not be saved before the server stopped.", len(unsaved))


async def _run(task: AnswerTask) -> None:
    saved = None
    try:
        saved = await task.run()
    except Exception:  # a bug: its followers must not wait forever, nor may its conversation stay busy
        log.exception("The end of an answer could not be saved.")
    finally:
        release(task)
        task.growing.end(saved)
    if saved:
        presence.announce_changed(saved.message.conversation)
