"""Generate one answer: the engine's events become a growing text, which sockets follow and which is saved."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from enum import Enum, auto
from typing import Final
from uuid import UUID

from chat.accounts.owners import Owner
from chat.database import UNAVAILABLE, in_database
from chat.models import Message
from inference.engine import Finished, FinishReason, Queued, Reasoning, Started, Text
from inference.engine.errors import EngineError, EngineStopping, PromptTooLong, UnknownModel
from inference.serving import service
from inference.serving.callers import Caller
from inference.serving.outcome import Outcome

from .growing_text import GrowingText
from .receipt import receipt_of
from .saving import Ending, SavedAnswer, save_end, save_partial
from .transcript import Transcript, read_transcript

log = logging.getLogger(__name__)

Status = Message.Status

SAVE_INTERVAL: Final = 1.0  # seconds between saves of a growing answer
MIN_RETRY_DELAY, MAX_RETRY_DELAY = 0.5, 30.0  # seconds until an answer is read or saved again after a failure
STATUSES: Final = {
    FinishReason.STOP: Status.COMPLETE,
    FinishReason.LENGTH: Status.LENGTH,
    FinishReason.CANCELLED: Status.STOPPED,
    FinishReason.ERROR: Status.FAILED,
}


class Phase(Enum):
    """The phases of an answer, in their order. `AnswerTask.run` is the only writer."""

    RESERVED = auto()  # has the conversation's place; its turn is being written
    GENERATING = auto()  # waits for the engine, or is generated
    SAVING = auto()  # the engine is done; the end is being saved
    DONE = auto()  # saved, or lost


class AnswerTask:
    """Generates and saves one answer. Lives on the event loop of `run`; `stop` and `interrupt` are for any thread.

    `text`, `reasoning`: the answer so far, for an answer that is continued.
    """

    def __init__(
        self, conversation_id: UUID, answer_id: UUID, owner: Owner, text: str = "", reasoning: str = ""
    ) -> None:
        self.conversation_id, self.answer_id, self.owner = conversation_id, answer_id, owner
        self.growing = GrowingText(text, reasoning)
        self.phase = Phase.RESERVED
        self._outcome: Outcome | None = None  # of the latest run of the engine
        self._window_start: UUID | None = None
        self._server_stops = asyncio.Event()
        self._stop_status: Message.Status | None = None  # set by the first `stop` or `interrupt`
        self._loop: asyncio.AbstractEventLoop | None = None
        self._engine: asyncio.Task[Finished] | None = None

    async def run(self) -> SavedAnswer | None:
        """Generate the answer and save it, once. Return None where its row is gone or could not be saved."""
        if self.phase is not Phase.RESERVED:
            raise RuntimeError(f"An answer runs once; this one is {self.phase.name}.")
        self._loop = asyncio.get_running_loop()
        self.phase = Phase.GENERATING
        try:
            ending = await self._generate()
            self.phase = Phase.SAVING
            return await self._save_end(ending)
        finally:
            self.phase = Phase.DONE

    def stop(self) -> None:
        """End the answer where it is, at its reader's request. Do not wait; its place is free within a second."""
        self._request_end(Status.STOPPED)

    def interrupt(self) -> None:
        """End the answer where it is, because the server stops. What cannot be saved at once is lost."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._server_stops.set)
        else:
            self._server_stops.set()
        self._request_end(Status.INTERRUPTED)

    def _request_end(self, status: Message.Status) -> None:
        self._stop_status = self._stop_status or status
        if self._loop:
            self._loop.call_soon_threadsafe(self._cancel_engine)

    def _cancel_engine(self) -> None:
        if self._engine and self.phase is Phase.GENERATING:
            self._engine.cancel()

    async def _generate(self) -> Ending:
        """Run the engine, and save the growing text periodically."""
        saving = asyncio.create_task(self._save_periodically())
        self._engine = asyncio.create_task(self._answer())
        if self._stop_status:  # stopped while it was reserved
            self._engine.cancel()
        await asyncio.wait([self._engine])
        saving.cancel()
        await asyncio.wait([saving])
        return self._ending(self._engine)

    async def _answer(self) -> Finished:
        """Generate from as much of the transcript as fits. Raise EngineError."""
        await service.engine()  # whose limits the transcript is cut to
        transcript = await self._read_transcript()
        start = transcript.start
        while True:
            try:
                return await self._attempt(transcript, start)
            except PromptTooLong as error:
                later = transcript.later_start(start, error.prompt_tokens)
                if later is None:
                    raise
                start = later

    async def _read_transcript(self) -> Transcript:
        """Read what to answer; retry while the database is unavailable, which could not store an error either."""
        delay = MIN_RETRY_DELAY
        while True:
            try:
                return await in_database(read_transcript, self.answer_id)
            except UNAVAILABLE as error:
                log.error("What to answer could not be read (%s). Retrying in %g s.", error, delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, MAX_RETRY_DELAY)

    async def _attempt(self, transcript: Transcript, start: int) -> Finished:
        """Generate from exchange `start` on. Raise PromptTooLong where it does not fit, and other EngineErrors."""
        self._window_start = transcript.window_start(start)
        request = transcript.request(start, self.owner.key)
        events = service.generate(request, Caller("chat", user_id=self.owner.user_id, private=transcript.private))
        self._outcome = outcome = events.outcome
        async with aclosing(events):
            async for event in events:
                match event:
                    case Queued():
                        self.growing.set_state(event)
                    case Started(prompt_tokens):
                        left = transcript.context_size - prompt_tokens
                        if left < transcript.answer_room / 2 and start < len(transcript.exchanges) - 1:
                            raise PromptTooLong(prompt_tokens, transcript.context_size)  # before it is evaluated
                        self.growing.set_state(event)
                    case Text(text):
                        self.growing.append(_storable(text), outcome.generated_tokens or 0, outcome.tokens_per_second)
                    case Reasoning(text):
                        counts = (outcome.generated_tokens or 0, outcome.tokens_per_second, outcome.thinking or 0.0)
                        self.growing.append_thought(_storable(text), *counts)
                    case Finished():
                        return event
        raise EngineStopping("The answer ended unexpectedly. Try again.")

    def _ending(self, engine: asyncio.Task[Finished]) -> Ending:
        if engine.cancelled():
            status = self._stop_status or Status.INTERRUPTED
            return Ending(status, receipt=receipt_of(self._outcome, FinishReason.CANCELLED))
        error = engine.exception()
        if error is None:
            reason = engine.result().reason
            if reason is not FinishReason.ERROR:
                return Ending(STATUSES[reason], receipt=receipt_of(self._outcome, reason))
            error = EngineError("The engine failed in the middle of this answer.")
        if isinstance(error, EngineStopping):
            return Ending(Status.INTERRUPTED, receipt=receipt_of(self._outcome, FinishReason.CANCELLED))
        code, detail = _code_and_detail(error)
        return Ending(Status.FAILED, code, detail, receipt_of(self._outcome, FinishReason.ERROR))

    @property
    def _texts(self) -> tuple[str, str]:
        return self.growing.text, self.growing.reasoning

    async def _save_periodically(self) -> None:
        saved = self._texts
        while True:
            await asyncio.sleep(SAVE_INTERVAL)
            if (texts := self._texts) == saved:
                continue
            try:
                await in_database(save_partial, self.answer_id, *texts, self._window_start)
                saved = texts
            except UNAVAILABLE as error:
                log.warning("A growing answer could not be saved, and will be saved again: %s", error)

    async def _save_end(self, ending: Ending) -> SavedAnswer | None:
        """Save the end; retry while the database is unavailable, until the server stops."""
        delay = MIN_RETRY_DELAY
        while True:
            try:
                return await in_database(save_end, self.answer_id, *self._texts, self._window_start, ending)
            except UNAVAILABLE as error:
                if self._server_stops.is_set():
                    log.error("The end of an answer is lost: the database is unavailable (%s).", error)
                    return None
                log.error("The end of an answer could not be saved (%s). Retrying in %g s.", error, delay)
            try:
                await asyncio.wait_for(self._server_stops.wait(), delay)
            except TimeoutError:
                delay = min(delay * 2, MAX_RETRY_DELAY)


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd")  # PostgreSQL stores no NUL


def _code_and_detail(error: BaseException) -> tuple[str, str]:
    """Return an error's code, and its detail in the page's terms."""
    if isinstance(error, PromptTooLong):
        return error.code, (
            f"The question, its system prompt and earlier turns have {error.prompt_tokens} tokens, but the model's "
            f"context holds {error.context_size}, the answer included. Nothing was generated. Shorten the question or "
            "the system prompt."
        )
    if isinstance(error, UnknownModel):
        return error.code, f"The model {error.model} is not offered any more. Choose another one, then try again."
    if isinstance(error, EngineError):
        return error.code, error.public
    if isinstance(error, UNAVAILABLE):
        return "database_unavailable", "The database is unavailable. Try again."
    log.error("An answer failed.", exc_info=error)
    return "internal_error", "Internal error; see the server log. Try again."
