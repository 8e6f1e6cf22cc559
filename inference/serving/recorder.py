"""What came of a generation, seen from outside the engine: the same for history, metrics and logs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from inference.engine import Event, Finished, FinishReason, GenerationRequest, Pool, Queued, Started, Text
from inference.engine.errors import EngineBusy, EngineError

from .callers import Caller
from .current_request import current_request

log = logging.getLogger(__name__)

INTERNAL_ERROR = "internal_error"  # code of an error that nobody expected


@dataclass(slots=True)
class Outcome:
    """One generation, whatever came of it. Seconds and tokens as in `engine.types`; None where it did not get so far.

    `seconds`: of all of it. `first_text`: from the request to the first piece of the answer. Of an answer that was cut
    off, `generated_tokens` are those whose text had come.
    """

    request: GenerationRequest
    caller: Caller
    at: datetime = field(default_factory=timezone.now)
    model: str = ""
    reason: FinishReason = FinishReason.ERROR
    error_code: str = ""
    text: str = ""
    seconds: float = 0.0
    first_text: float | None = None
    prompt_tokens: int | None = None
    reused_tokens: int | None = None
    generated_tokens: int | None = None
    queue: float | None = None
    prompt: float | None = None
    first_token: float | None = None
    decode: float | None = None
    seed: int | None = None
    threads: int | None = None
    pid: int | None = None

    def log_fields(self) -> dict[str, Any]:
        """For the log: who, how it ended, how much and how long. No text."""
        return {
            "source": self.caller.source,
            "user": self.caller.user_id,
            "key": self.caller.key_id,
            "reason": self.reason.value,
            "error": self.error_code or None,
            "prompt_tokens": self.prompt_tokens,
            "generated_tokens": self.generated_tokens,
            "queue_seconds": None if self.queue is None else round(self.queue, 6),
        }


Observer = Callable[[Outcome], None]


class Course:
    """Follows one generation from the request to its end, and tells the outcome once, to everybody in `observers`."""

    observers: list[Observer] = []  # noqa: RUF012 – one list, filled at import

    def __init__(self, request: GenerationRequest, caller: Caller) -> None:
        self.outcome = Outcome(request, caller)
        self._begun = time.monotonic()
        self._pieces: list[str] = []
        self._tokens = 0  # of these
        self._waiting = False  # in the queue, as far as is known
        self._over = False

    def saw(self, event: Event) -> None:
        """An event of the engine, before it is handed on."""
        outcome = self.outcome
        match event:
            case Text(text, tokens):
                if outcome.first_text is None:
                    outcome.first_text = time.monotonic() - self._begun
                self._pieces.append(text)
                self._tokens += tokens
            case Queued():
                self._waiting = True
            case Started():
                self._waiting = False
                outcome.model = event.model
                outcome.prompt_tokens, outcome.reused_tokens = event.prompt_tokens, event.reused_tokens
            case Finished():
                usage, timings = event.usage, event.timings
                outcome.prompt_tokens, outcome.reused_tokens = usage.prompt_tokens, usage.reused_tokens
                outcome.generated_tokens = usage.generated_tokens
                outcome.queue, outcome.prompt = timings.queue, timings.prompt
                outcome.first_token, outcome.decode = timings.first_token, timings.decode
                outcome.seed, outcome.threads, outcome.pid = event.seed, event.threads, event.pid
                self._tell(event.reason)

    def ended(self, error: BaseException | None = None) -> None:
        """Nothing more comes; `error`: why, where the engine did not say `Finished`."""
        if self._over:
            return
        outcome = self.outcome
        if self._pieces:
            outcome.generated_tokens = self._tokens
        if isinstance(error, GeneratorExit | asyncio.CancelledError):
            if self._waiting:
                outcome.queue = time.monotonic() - self._begun
            self._tell(FinishReason.CANCELLED)
            return
        if isinstance(error, EngineBusy):
            outcome.queue = time.monotonic() - self._begun
        outcome.error_code = error.code if isinstance(error, EngineError) else INTERNAL_ERROR
        self._tell(FinishReason.ERROR)

    def _tell(self, reason: FinishReason) -> None:
        self._over = True
        outcome = self.outcome
        outcome.reason = reason
        outcome.text = "".join(self._pieces)
        outcome.seconds = time.monotonic() - self._begun
        if reason is FinishReason.ERROR and not outcome.error_code:
            outcome.error_code = EngineError.code
        if (request := current_request.get()) and request.id == outcome.caller.request_id:
            request.outcome = outcome  # its line in the log tells it
        elif outcome.caller.source != "command":  # who gave a command sees what comes of it
            fields = {"request_id": outcome.caller.request_id, "seconds": round(outcome.seconds, 6)}
            log.info("generation", extra={"fields": fields | outcome.log_fields()})
        for observer in self.observers:
            try:
                observer(outcome)
            except Exception:  # nobody's answer fails because somebody could not take note of it
                log.exception("A generation could not be taken note of.")


async def followed(
    engine: Callable[[], Awaitable[Pool]], request: GenerationRequest, caller: Caller
) -> AsyncGenerator[Event, None]:
    """The events of one generation, which is told to everybody who takes note. Raises as `engine` and the pool do."""
    course = Course(request, caller)
    try:
        pool = await engine()
        course.outcome.model = pool.model.name  # as it seems; while it waits, another may be put in its place
        async with aclosing(pool.generate(request)) as events:
            async for event in events:
                course.saw(event)
                yield event
    except BaseException as error:
        course.ended(error)
        raise
    course.ended()
