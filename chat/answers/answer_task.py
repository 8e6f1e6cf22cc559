"""The making of one answer: the engine's events become a growing text, which is saved, and which sockets follow."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from chat.accounts.owners import Owner
from chat.database import UNAVAILABLE, in_database
from chat.models import Message
from chat.transport import presence
from chat.transport.frames import Receipt
from inference.engine import Finished, FinishReason, GenerationRequest, Queued, Started, Text, Timings, Usage
from inference.engine.errors import EngineError, EngineStopping, PromptTooLong
from inference.serving import service
from inference.serving.callers import Caller

from . import answer_registry
from .growing_text import GrowingText
from .transcripts import Ending, Transcript, read_transcript, save_end, save_partial

log = logging.getLogger(__name__)

Status = Message.Status

SAVE_EVERY: Final = 1.0  # seconds between saves of an answer that grows
FIRST_RETRY, LAST_RETRY = 0.5, 30.0  # seconds until the end of an answer is saved again, where that failed
REASONS: Final = {
    FinishReason.STOP: Status.COMPLETE,
    FinishReason.LENGTH: Status.LENGTH,
    FinishReason.CANCELLED: Status.STOPPED,
    FinishReason.ERROR: Status.FAILED,
}


class Generation:
    """One answer in the making. It lives on the loop that calls `begin`; `stop` and `interrupt` are for any thread.

    `text`: of the answer so far, where it goes on.
    """

    def __init__(self, conversation: UUID, answer: UUID, owner: Owner, text: str = "") -> None:
        self.conversation, self.answer, self.owner = conversation, answer, owner
        self.growing = GrowingText(text)
        self._run = _Run()
        self._window_start: UUID | None = None
        self._closing = asyncio.Event()  # the server ends
        self._stopped: Message.Status | None = None  # what it becomes for whoever has stopped it
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._engine: asyncio.Task[Finished] | None = None

    def begin(self) -> None:
        """Start the making; once."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._make())

    def stop(self) -> None:
        """End it here, as its reader wishes. Does not wait; its place is free within a second."""
        self._end(Status.STOPPED)

    def interrupt(self) -> None:
        """End it here, because the server stops: it is saved now or never."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._closing.set)
        self._end(Status.INTERRUPTED)

    async def wait(self) -> None:
        """Until it is over and saved."""
        if self._task:
            await asyncio.wait([self._task])

    def _end(self, status: Message.Status) -> None:
        self._stopped = self._stopped or status
        if self._loop:
            self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._engine:
            self._engine.cancel()

    async def _make(self) -> None:
        saving = asyncio.create_task(self._save_while_it_grows())
        self._engine = asyncio.create_task(self._answer())
        if self._stopped:  # before it began
            self._engine.cancel()
        await asyncio.wait([self._engine])
        ending = self._ending(self._engine)
        saving.cancel()
        await asyncio.wait([saving])
        saved = None
        try:
            saved = await self._save_end(ending)
        except Exception:  # a mistake of ours: its followers must not wait for ever, nor its conversation be shut
            log.exception("The end of an answer could not be saved.")
        finally:
            answer_registry.release(self)
            self.growing.end(saved[0] if saved else None)
        if saved:
            presence.announce_changed(saved[1])

    async def _answer(self) -> Finished:
        """The engine's answer to as much of the transcript as fits. Raises an EngineError."""
        limits = await service.limits()
        transcript = await in_database(read_transcript, self.answer, limits.context_size)
        start = transcript.start
        while True:
            try:
                return await self._attempt(transcript, start)
            except PromptTooLong as error:
                later = transcript.shrunk(start, error.prompt_tokens)
                if later is None:
                    raise
                start = later

    async def _attempt(self, transcript: Transcript, start: int) -> Finished:
        """One try, from exchange `start` on. Raises PromptTooLong where it does not fit, and an EngineError."""
        request = transcript.request(start, self.owner.key)
        self._window_start = transcript.window_start(start)
        self._run.begin(request)
        caller = Caller("chat", user_id=self.owner.user_id)
        async with aclosing(service.generate(request, caller)) as events:
            async for event in events:
                match event:
                    case Queued():
                        self.growing.tell(event)
                    case Started(prompt_tokens):
                        left = transcript.context_size - prompt_tokens
                        if left < transcript.room / 2 and start < len(transcript.exchanges) - 1:
                            raise PromptTooLong(prompt_tokens, transcript.context_size)  # before it is evaluated
                        self._run.start(event)
                        self.growing.tell(event)
                    case Text(text, tokens):
                        self._run.count(tokens)
                        kept = text.replace("\0", "\ufffd")  # which PostgreSQL does not take
                        self.growing.append(kept, self._run.tokens, self._run.seconds)
                    case Finished():
                        return event
        raise EngineStopping("The answer ended without an end. Try again.")

    def _ending(self, engine: asyncio.Task[Finished]) -> Ending:
        if engine.cancelled():
            return Ending(self._stopped or Status.INTERRUPTED, receipt=self._run.receipt(FinishReason.CANCELLED))
        error = engine.exception()
        if error is None:
            finished = engine.result()
            status = REASONS[finished.reason]
            if status is not Status.FAILED:
                return Ending(status, receipt=self._run.receipt(finished.reason, finished))
            error = EngineError("The engine failed in the middle of this answer.")
        if isinstance(error, EngineStopping):
            return Ending(Status.INTERRUPTED, receipt=self._run.receipt(FinishReason.CANCELLED))
        code, detail = _told(error)
        return Ending(Status.FAILED, code, detail, self._run.receipt(FinishReason.ERROR))

    async def _save_while_it_grows(self) -> None:
        saved = self.growing.text
        while True:
            await asyncio.sleep(SAVE_EVERY)
            if (text := self.growing.text) == saved:
                continue
            try:
                await in_database(save_partial, self.answer, text, self._window_start)
                saved = text
            except UNAVAILABLE as error:
                log.warning("An answer in the making could not be saved (%s); this is tried again.", error)

    async def _save_end(self, ending: Ending) -> Any:
        """Until it is saved, or the server ends."""
        delay = FIRST_RETRY
        while True:
            try:
                return await in_database(save_end, self.answer, self.growing.text, self._window_start, ending)
            except UNAVAILABLE as error:
                if self._closing.is_set():
                    log.error("The end of an answer is lost, for the database does not answer: %s", error)
                    return None
                log.error("The end of an answer could not be saved (%s); tried again in %g s.", error, delay)
            try:
                await asyncio.wait_for(self._closing.wait(), delay)
            except TimeoutError:
                delay = min(delay * 2, LAST_RETRY)


class _Run:
    """What is counted of one run of the engine; the engine itself tells its counts only of runs that it finished."""

    def __init__(self) -> None:
        self.request: GenerationRequest | None = None
        self.started: Started | None = None
        self.begun_at = self.started_at = self.first_at = self.last_at = 0.0  # monotonic seconds; 0 is not yet
        self.tokens = 0

    def begin(self, request: GenerationRequest) -> None:
        self.request, self.begun_at = request, time.monotonic()

    def start(self, started: Started) -> None:
        self.started, self.started_at = started, time.monotonic()

    def count(self, tokens: int) -> None:
        """So many more tokens."""
        self.last_at = time.monotonic()
        self.first_at = self.first_at or self.last_at
        self.tokens += tokens

    @property
    def seconds(self) -> float:
        """From the first token to the last one."""
        return self.last_at - self.first_at

    def receipt(self, reason: FinishReason, finished: Finished | None = None) -> Receipt | None:
        """None where the engine never began."""
        if not self.request or not self.started:
            return None
        usage = finished.usage if finished else Usage(*self._started_tokens, self.tokens)
        timings = finished.timings if finished else self._timings()
        sampling = self.request.sampling
        return Receipt(
            at=timezone.now().isoformat(),
            model=self.started.model,
            finish_reason=reason.value,
            seed=finished.seed if finished else sampling.seed,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=self.request.max_tokens,
            context_size=self.request.context_size,
            threads=finished.threads if finished else None,
            prompt_tokens=usage.prompt_tokens,
            reused_tokens=usage.reused_tokens,
            generated_tokens=usage.generated_tokens,
            timings={
                "queue": round(timings.queue, 6),
                "prompt": round(timings.prompt, 6),
                "first_token": round(timings.first_token, 6),
                "decode": round(timings.decode, 6),
            },
        )

    @property
    def _started_tokens(self) -> tuple[int, int]:
        return (self.started.prompt_tokens, self.started.reused_tokens) if self.started else (0, 0)

    def _timings(self) -> Timings:
        """As seen from here: a launch counts as waiting."""
        now = time.monotonic()
        first = self.first_at or now
        decode = (self.last_at or now) - first
        return Timings(self.started_at - self.begun_at, first - self.started_at, 0.0, decode)


def _told(error: BaseException) -> tuple[str, str]:
    """Code and detail of an error, in the page's terms."""
    if isinstance(error, PromptTooLong):
        return error.code, (
            f"The question has {error.prompt_tokens} tokens with what belongs to it, but the model reads at most "
            f"{error.context_size} at once, its answer included. Nothing was generated. Shorten the question or the "
            "system prompt."
        )
    if isinstance(error, EngineError):
        return error.code, str(error)
    if isinstance(error, UNAVAILABLE):
        return "database_unavailable", "The database did not answer. Try again."
    log.error("An answer failed.", exc_info=error)
    return "internal_error", "The server made a mistake, which its log tells. Try again."
