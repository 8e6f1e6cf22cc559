"""A page's socket: frames (see `frames.py`) become turns and followers of answers, and their news become frames."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, aclosing, suppress
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from chat.accounts.owners import Owner
from chat.accounts.sessions import owner_of_session
from chat.answers import answer_registry
from chat.answers.answer_task import Generation
from chat.answers.growing_text import News, Over, Piece
from chat.conversations import reading, turns
from chat.conversations.serializers import conversation_json, message_json
from chat.database import UNAVAILABLE, in_database
from inference.engine import Queued, Started
from inference.serving import service

from . import limits, presence
from .frames import CLOSE_NO_SESSION, CLOSE_RESTART, CLOSE_TOO_MUCH, VERSION, FrameError, read_frame

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

SESSION_CHECK: Final = 15.0  # seconds between looks at a session that was not removed: its password may be another
NEWS_RETRY: Final = 2.0  # seconds until news are read again, where the database did not answer


class SessionEnded(Exception):
    """The session that the socket was opened with has ended, or is somebody else's now."""


class ChatConsumer(AsyncWebsocketConsumer):
    """One socket. Frames are handled one after the other; each followed answer has a task of its own."""

    owner: Owner
    mailbox: presence.Mailbox | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._session_key: str | None = scope["cookies"].get(settings.SESSION_COOKIE_NAME)
        self._closed = False
        self._pace = limits.Pace()
        self._places = ExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched: dict[UUID, asyncio.Task[None]] = {}
        try:
            await super().__call__(scope, receive, send)
        except OSError:  # the page was gone before all was told
            log.debug("A socket was cut.", exc_info=True)
        finally:
            self._leave()

    async def connect(self) -> None:
        await self.accept()  # a refused handshake would not tell its reason
        if refusal := await self._admit():
            await self._close(refusal)
            return
        self.mailbox = presence.enter(self.owner, self._session_key or "")
        offer = service.offer()
        await self._tell(type="hello", version=VERSION, model=offer.model, notice=offer.notice)
        self._spawn(self._tell_news(self.mailbox))
        self._spawn(self._check_session(self.mailbox.session_doubted))

    async def _admit(self) -> int | None:
        """None where this socket may stay, else the code to close it with."""
        address = (self.scope.get("client") or [""])[0]
        try:
            self._places.enter_context(limits.counted(f"address:{address}", limits.MOST_OF_ADDRESS))
            owner = await in_database(owner_of_session, self._session_key)
            if owner is None:
                return CLOSE_NO_SESSION
            self._places.enter_context(limits.counted(owner.key, limits.MOST_OF_OWNER))
        except limits.TooManySockets:
            return CLOSE_TOO_MUCH
        except UNAVAILABLE as error:
            log.warning("A socket was sent away, for the database does not answer: %s", error)
            return CLOSE_RESTART
        self.owner = owner
        return None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._closed:
            return
        request: str | None = None
        try:
            if not self._pace.allows():
                raise FrameError(
                    "too_fast", f"At most {limits.FRAMES_PER_SECOND:g} frames a second are taken. Slow down."
                )
            if text_data is None:
                raise FrameError("frame_unreadable", "The frame is binary. Expected text with a JSON object.")
            frame = read_frame(text_data)
            request = frame["request"]
            await self._handle(frame)
        except FrameError as error:
            await self._tell_error(error.code, error.detail, error.fields, error.request or request)
            if self._pace.hopeless:
                await self._close(CLOSE_TOO_MUCH)
        except SessionEnded:
            await self._close(CLOSE_NO_SESSION)
        except UNAVAILABLE as error:
            log.warning("A frame was refused, for the database does not answer: %s", error)
            detail = "The database does not answer. Nothing was changed; try again in a moment."
            await self._tell_error("database_unavailable", detail, request=request)
        except OSError:  # the page is gone
            raise
        except Exception:
            log.exception("A frame could not be handled.")
            detail = "The server made a mistake, which its log tells. Try again."
            await self._tell_error("internal_error", detail, request=request)

    async def _handle(self, frame: dict[str, Any]) -> None:
        """Raises FrameError, SessionEnded, and what the database raises."""
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
                await self._as_owner(reading.own_session)
                self._unfollow(frame["message"])
                await self._tell(type="done", request=request)
            case "ping":
                await self._as_owner(reading.own_session)
                await self._tell(type="done", request=request)

    async def _begin(
        self, request: str, write: Callable[Concatenate[Owner, P], turns.Turn], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        turn = await answer_registry.begin(self._checked(write, *args, **kwargs))
        messages = [message_json(message, turn.siblings[message.pk]) for message in turn.messages]
        await self._tell(
            type="saved", request=request, conversation=conversation_json(turn.conversation), messages=messages
        )
        answer = turn.messages[-1]
        if generation := turn.generation or answer_registry.find(answer.pk):
            self._follow(generation, len(answer.text))

    async def _stop(self, request: str, answer: UUID) -> None:
        await self._as_owner(reading.own_answer, answer)
        if generation := answer_registry.find(answer):
            generation.stop()
        await self._tell(type="done", request=request)

    async def _watch(self, request: str, answer: UUID, offset: int) -> None:
        message = await self._as_owner(reading.read_answer, answer)
        generation = answer_registry.find(answer)
        if generation is None and message["status"] == "generating":  # it has ended since
            message = await self._as_owner(reading.read_answer, answer)
        if generation and offset > (characters := len(generation.growing.text)):
            detail = f"There are {characters} characters of this answer so far. Read it anew, from offset 0."
            raise FrameError("offset_past_end", detail)
        await self._tell(type="done", request=request)
        if generation:
            self._follow(generation, offset)
        else:
            await self._tell(type="finished", message=message)

    def _follow(self, generation: Generation, offset: int) -> None:
        """Tell of this answer from `offset` on, until it is over or the page leaves it."""
        self._unfollow(generation.answer)
        task = self._watched[generation.answer] = self._spawn(self._tell_answer(generation, offset))

        def forget(_: object) -> None:
            if self._watched.get(generation.answer) is task:
                del self._watched[generation.answer]

        task.add_done_callback(forget)

    def _unfollow(self, answer: UUID) -> None:
        if task := self._watched.pop(answer, None):
            task.cancel()

    async def _tell_answer(self, generation: Generation, offset: int) -> None:
        async with aclosing(generation.growing.follow(offset)) as news:
            async for each in news:
                if frame := _frame(str(generation.answer), each):
                    await self._tell(**frame)

    async def _tell_news(self, mailbox: presence.Mailbox) -> None:
        while news := await mailbox.get():
            conversation, what = news
            if what == "removed":
                await self._tell(type="removed", conversation=str(conversation))
                continue
            try:
                told = await self._as_owner(reading.read_conversation, conversation)
            except UNAVAILABLE:
                mailbox.put(conversation, what)
                await asyncio.sleep(NEWS_RETRY)
                continue
            if told:
                await self._tell(type="changed", conversation=told)
        await self._close(CLOSE_RESTART)  # more has changed than it could be told: its page reads the list anew

    async def _check_session(self, doubted: asyncio.Event) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(doubted.wait(), SESSION_CHECK)
            doubted.clear()
            try:
                await self._as_owner(reading.own_session)
            except UNAVAILABLE:
                continue

    async def _as_owner(self, function: Callable[Concatenate[Owner, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns for this socket's owner, if it still is that. Raises SessionEnded."""
        return await in_database(self._checked(function, *args, **kwargs))

    def _checked(
        self, function: Callable[Concatenate[Owner, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[], R]:
        def checked() -> R:
            if owner_of_session(self._session_key) != self.owner:
                raise SessionEnded
            return function(self.owner, *args, **kwargs)

        return checked

    async def _tell(self, **frame: Any) -> None:
        if not self._closed:
            await self.send(json.dumps(frame, ensure_ascii=False))

    async def _tell_error(
        self, code: str, detail: str, fields: dict[str, Any] | None = None, request: str | None = None
    ) -> None:
        await self._tell(type="error", request=request, code=code, detail=detail, fields=fields)

    async def _close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            await self.close(code)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """The work of a task, whose errors nobody else would see."""
        try:
            await work
        except SessionEnded:
            await self._close(CLOSE_NO_SESSION)
        except OSError:  # the page is gone
            pass
        except Exception:
            log.exception("A socket's task failed.")

    def _leave(self) -> None:
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self.mailbox:
            presence.leave(self.owner, self.mailbox, self._session_key or "")
        self._places.close()


def _frame(answer: str, news: News) -> dict[str, Any] | None:
    """The frame for news of an answer; None where there is nothing to tell."""
    match news:
        case Queued(position, seconds):
            return {"type": "queued", "message": answer, "position": position, "estimated_seconds": seconds}
        case Started(prompt_tokens, reused_tokens):
            return {
                "type": "started",
                "message": answer,
                "prompt_tokens": prompt_tokens,
                "reused_tokens": reused_tokens,
            }
        case Piece(offset, text, tokens, seconds):
            return {
                "type": "text",
                "message": answer,
                "offset": offset,
                "text": text,
                "tokens": tokens,
                "seconds": round(seconds, 3),
            }
        case Over(message):
            return {"type": "finished", "message": message} if message else None
