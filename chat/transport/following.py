"""Frames that a socket sends unrequested: updates of the answers that it follows, and notifications."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any, Final, NoReturn
from uuid import UUID

from chat.answers.answer_task import AnswerTask
from chat.answers.growing_text import Ended, Piece, ThoughtPiece, Update
from chat.conversations.representation import message_json
from chat.database import UNAVAILABLE
from chat.status import server_status
from inference.engine import Queued, Started

from . import queries
from .presence import Mailbox
from .session_watch import SocketSession

OutgoingFrame = dict[str, Any]
Send = Callable[[OutgoingFrame], Awaitable[None]]

NOTIFICATION_RETRY: Final = 2.0  # seconds until a notification is handled again, while the database is unavailable


class FollowedAnswers:
    """One task for each answer that the socket follows. `send`: sends a frame. `spawn`: starts a task."""

    def __init__(
        self,
        send: Send,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._send, self._spawn = send, spawn
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    def follow(self, answer: AnswerTask, offset: int) -> None:
        """Send the answer's updates from `offset` on, until it ends or is unfollowed."""
        key = answer.answer_id
        self.unfollow(key)
        task = self._tasks[key] = self._spawn(self._send_updates(answer, offset))

        def forget(_: object) -> None:
            if self._tasks.get(key) is task:
                del self._tasks[key]

        task.add_done_callback(forget)

    def unfollow(self, answer_id: UUID) -> None:
        if task := self._tasks.pop(answer_id, None):
            task.cancel()

    async def _send_updates(self, answer: AnswerTask, offset: int) -> None:
        async with aclosing(answer.growing.follow(offset)) as updates:
            async for update in updates:
                if frame := update_frame(str(answer.answer_id), update):
                    await self._send(frame)


def update_frame(answer: str, update: Update) -> OutgoingFrame | None:
    """Return the frame for an update of an answer, or None for the end of one whose row is gone."""
    match update:
        case Queued(position, seconds):
            return {"type": "queued", "message": answer, "position": position, "estimated_seconds": seconds}
        case Started(prompt_tokens, reused_tokens):
            return {
                "type": "started",
                "message": answer,
                "prompt_tokens": prompt_tokens,
                "reused_tokens": reused_tokens,
            }
        case Piece(offset, text, tokens, reasoning_tokens, speed):
            frame = {
                "type": "text",
                "message": answer,
                "offset": offset,
                "text": text,
                "tokens": tokens,
                "reasoning_tokens": reasoning_tokens,
                "tokens_per_second": None if speed is None else round(speed, 3),
            }
            if isinstance(update, ThoughtPiece):
                frame |= {"type": "reasoning", "seconds": round(update.seconds, 3)}
            return frame
        case Ended(saved):
            return {"type": "finished", "message": message_json(saved.message, saved.siblings)} if saved else None


async def send_status(mailbox: Mailbox, send: Send) -> NoReturn:
    """Send the server's status each time that it has changed."""
    while True:
        await mailbox.status_change.wait()
        mailbox.status_change.clear()
        await send({"type": "status", "status": server_status()})


async def send_notifications(mailbox: Mailbox, session: SocketSession, send: Send) -> None:
    """Send a socket's notifications, until there are too many to keep. Raise SessionEnded."""
    while notification := await mailbox.get():
        conversation_id, change = notification
        if change == "removed":
            await send({"type": "removed", "conversation": str(conversation_id)})
            continue
        try:
            conversation = await session.query(queries.read_conversation, conversation_id)
        except UNAVAILABLE:
            mailbox.put(conversation_id, change)
            await asyncio.sleep(NOTIFICATION_RETRY)
            continue
        if conversation:
            await send({"type": "changed", "conversation": conversation})
