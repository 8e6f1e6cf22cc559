"""The page's socket: translate its frames (see `frames.py`) into calls, and results and notifications into frames."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, Concatenate, Final, ParamSpec
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from chat.accounts.owners import Owner
from chat.answers import answer_registry
from chat.conversations import turns
from chat.conversations.files import File
from chat.conversations.representation import conversation_json, message_json
from chat.database import UNAVAILABLE
from chat.errors import ChatError
from inference.serving import service

from . import presence, queries
from .admission import NotAdmitted, admit
from .counting import FileCounter
from .following import FollowedAnswers, OutgoingFrame, send_notifications, send_status
from .frames import CLOSE_NO_SESSION, CLOSE_RESTART, CLOSE_TOO_MUCH, VERSION, FrameError, read_frame
from .limits import FrameRate, SocketLimits
from .session_watch import CHECK_INTERVAL, SessionEnded, SocketSession
from .tasks import SocketTasks

log = logging.getLogger(__name__)

P = ParamSpec("P")

DATABASE_UNAVAILABLE: Final = ChatError(
    "database_unavailable", "The database is unavailable. Nothing was changed; try again in a moment."
)
INTERNAL_ERROR: Final = ChatError("internal_error", "Internal error; see the server log. Try again.")


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """One socket. Frames are handled one after the other; each followed answer has a task of its own.

    `session_check`: seconds between checks of the session.
    """

    session: SocketSession
    mailbox: presence.Mailbox | None = None

    def __init__(
        self, *, limits: SocketLimits | None = None, session_check: float = CHECK_INTERVAL, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._limits, self._session_check = limits or SocketLimits(), session_check
        self._rate = FrameRate(self._limits)
        self._closed = False
        self._places = ExitStack()
        self._tasks = SocketTasks(self._task_failed)
        self._counter = FileCounter()
        self._followed = FollowedAnswers(self._send, self._tasks.spawn)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._session_key: str | None = scope["cookies"].get(settings.SESSION_COOKIE_NAME)
        try:
            await super().__call__(scope, receive, send)
        except OSError:  # the page was gone before everything was sent
            log.debug("A socket was cut.", exc_info=True)
        finally:
            self._leave()

    async def connect(self) -> None:
        await self.accept()  # a refused handshake could not give its reason
        address = (self.scope.get("client") or [""])[0]
        try:
            self.session = await admit(self._session_key, address, self._limits, self._places)
        except NotAdmitted as refusal:
            await self._close(refusal.close_code)
            return
        self.mailbox = presence.enter(self.session.owner, self._session_key or "")
        defaults = service.defaults()
        await self._send({"type": "hello", "version": VERSION, "model": defaults.model, "notice": defaults.notice})
        self._tasks.spawn(self._notify(self.mailbox))
        self._tasks.spawn(send_status(self.mailbox, self._send))
        self._tasks.spawn(self.session.watch(self.mailbox.session_check, self._session_check))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._closed:
            return
        request: str | None = None
        try:
            if not self._rate.allows():
                detail = f"At most {self._limits.frames_per_second:g} frames per second are accepted. Slow down."
                raise FrameError("too_fast", detail)
            if text_data is None:
                raise FrameError("frame_unreadable", "The frame is binary. Expected text with a JSON object.")
            frame = read_frame(text_data)
            request = frame["request"]
            await self._handle(frame)
        except ChatError as error:
            await self._send_error(error, error.request if isinstance(error, FrameError) else request)
            if self._rate.flooded:
                await self._close(CLOSE_TOO_MUCH)
        except SessionEnded:
            await self._close(CLOSE_NO_SESSION)
        except UNAVAILABLE as error:
            log.warning("A frame was refused: the database is unavailable (%s).", error)
            await self._send_error(DATABASE_UNAVAILABLE, request)
        except OSError:  # the page is gone
            raise
        except Exception:
            log.exception("A frame could not be handled.")
            await self._send_error(INTERNAL_ERROR, request)

    async def _handle(self, frame: dict[str, Any]) -> None:
        """Raise ChatError, SessionEnded and database errors."""
        request = frame["request"]
        match frame["type"]:
            case "send":
                await self._begin(request, turns.send, frame)
            case "regenerate":
                await self._begin(request, turns.regenerate, frame["message"])
            case "continue":
                await self._begin(request, turns.continue_, frame["message"])
            case "stop":
                await self._stop(request, frame["message"])
            case "watch":
                await self._watch(request, frame["message"], frame["offset"])
            case "unwatch":
                await self.session.query(queries.no_query)
                self._followed.unfollow(frame["message"])
                await self._send({"type": "done", "request": request})
            case "count":
                await self.session.query(queries.no_query)
                self._tasks.spawn(self._count(request, frame["file"]))
            case "ping":
                await self.session.query(queries.no_query)
                await self._send({"type": "done", "request": request})

    async def _begin(
        self, request: str, write: Callable[Concatenate[Owner, P], turns.Turn], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        turn = await turns.begin(self.session.checked(write, *args, **kwargs))
        messages = [message_json(message, turn.siblings[message.pk]) for message in turn.messages]
        conversation = conversation_json(turn.conversation)
        await self._send({"type": "saved", "request": request, "conversation": conversation, "messages": messages})
        answer = turn.messages[-1]
        if task := turn.task or answer_registry.find(answer.pk):
            self._followed.follow(task, len(answer.reasoning) + len(answer.text))

    async def _stop(self, request: str, answer_id: UUID) -> None:
        await self.session.query(queries.find_answer, answer_id)
        if task := answer_registry.find(answer_id):
            task.stop()
        await self._send({"type": "done", "request": request})

    async def _watch(self, request: str, answer_id: UUID, offset: int) -> None:
        message = await self.session.query(queries.read_answer, answer_id)
        task = answer_registry.find(answer_id)
        if task is None and message["status"] == "generating":  # it ended after the row was read
            message = await self.session.query(queries.read_answer, answer_id)
        if task and offset > (characters := task.growing.characters):
            detail = f"This answer has {characters} characters so far. Read it again from offset 0."
            raise ChatError("offset_past_end", detail)
        await self._send({"type": "done", "request": request})
        if task:
            self._followed.follow(task, offset)
        else:
            await self._send({"type": "finished", "message": message})

    async def _count(self, request: str, file: File) -> None:
        try:
            tokens = await self._counter.tokens(file, self.session.owner)
        except ChatError as error:
            await self._send_error(error, request)
        else:
            await self._send({"type": "counted", "request": request, "tokens": tokens})

    async def _notify(self, mailbox: presence.Mailbox) -> None:
        await send_notifications(mailbox, self.session, self._send)
        await self._close(CLOSE_RESTART)  # too many changes to send: the page loads the list again

    async def _send(self, frame: OutgoingFrame) -> None:
        if not self._closed:
            await self.send(json.dumps(frame, ensure_ascii=False))

    async def _send_error(self, error: ChatError, request: str | None) -> None:
        fields = {"code": error.code, "detail": error.detail, "fields": error.fields}
        await self._send({"type": "error", "request": request} | fields)

    async def _close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            with suppress(OSError):  # the page is gone
                await self.close(code)

    async def _task_failed(self, error: Exception) -> None:
        if isinstance(error, SessionEnded):
            await self._close(CLOSE_NO_SESSION)
        elif not isinstance(error, OSError):  # else the page is gone
            log.error("A socket's task failed.", exc_info=error)

    def _leave(self) -> None:
        self._closed = True
        self._tasks.cancel_all()
        if self.mailbox:
            presence.leave(self.session.owner, self.mailbox, self._session_key or "")
        self._places.close()
