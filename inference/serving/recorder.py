"""Record generations: one recorder follows each of them and reports its outcome, whatever it is, exactly once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Final, Self

from inference.engine import Engine, Event, Finished, FinishReason, GenerationRequest, Queued, Reasoning, Started, Text
from inference.engine.errors import EngineBusy, EngineError

from .callers import Caller
from .current_request import current_request
from .outcome import Outcome

log = logging.getLogger(__name__)

INTERNAL_ERROR: Final = "internal_error"  # error code of an unexpected exception

Observer = Callable[[Outcome], None]

observers: list[Observer] = []


def add_observer(observer: Observer) -> None:
    """Call `observer` with the outcome of every generation that ends from now on."""
    observers.append(observer)


class GenerationRecorder:
    """Follows one generation. A context manager around all of it, the wait for the engine included.

    `outcome` is live: it can be read while the generation runs and after it was cancelled. At the end it goes to the
    log and to `observers`, by default those added with `add_observer`.
    """

    def __init__(self, request: GenerationRequest, caller: Caller, observers: Sequence[Observer] | None = None) -> None:
        self.outcome = Outcome(request, caller)
        self._observers = observers
        self._requested_at = time.monotonic()
        self._pieces: list[str] = []
        self._thought: list[str] = []
        self._thinking_since: float | None = None
        self._queued = False
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._ended:
            self._fail(error)

    async def generate(self, engine: Engine) -> AsyncGenerator[Event, None]:
        """Generate on a running engine; yield its events once they are recorded. Raise its errors."""
        self._name(engine)
        async with aclosing(engine.generate(self.outcome.request)) as events:
            async for event in events:
                self._record(event)
                yield event

    def _name(self, engine: Engine) -> None:
        """Record the model that is to answer, until `Started` says which one does: the default may change meanwhile."""
        asked = self.outcome.request.model
        model = next((each for each in engine.models if each.id == asked or not asked), None)
        if model:
            self.outcome.model, self.outcome.model_name = model.id, model.name

    def _elapsed(self) -> float:
        return time.monotonic() - self._requested_at

    def _record(self, event: Event) -> None:
        outcome = self.outcome
        match event:
            case Reasoning() | Text():
                self._record_piece(event)
            case Queued():
                self._queued = True
            case Started():
                self._queued = False
                outcome.started = self._elapsed()
                outcome.model, outcome.model_name, outcome.node = event.model, event.model_name, event.node
                outcome.prompt_tokens, outcome.reused_tokens = event.prompt_tokens, event.reused_tokens
            case Finished():
                usage, timings = event.usage, event.timings
                outcome.prompt_tokens, outcome.reused_tokens = usage.prompt_tokens, usage.reused_tokens
                outcome.generated_tokens = usage.generated_tokens
                outcome.reasoning_tokens = usage.reasoning_tokens or outcome.reasoning_tokens
                outcome.queue, outcome.prompt = timings.queue, timings.prompt
                outcome.first_token, outcome.decode = timings.first_token, timings.decode
                outcome.launch = timings.launch
                outcome.seed, outcome.threads, outcome.worker = event.seed, event.threads, event.worker
                self._end(event.reason)

    def _record_piece(self, event: Reasoning | Text) -> None:
        outcome, now = self.outcome, self._elapsed()
        outcome.last_text = now
        if outcome.first_text is None:
            outcome.first_text = now
        outcome.generated_tokens = (outcome.generated_tokens or 0) + event.tokens
        if isinstance(event, Reasoning):
            outcome.reasoning_tokens = (outcome.reasoning_tokens or 0) + event.tokens
            self._thinking_since = now if self._thinking_since is None else self._thinking_since
        if self._thinking_since is not None and not self._pieces:  # up to the first piece of text
            outcome.thinking = now - self._thinking_since
        (self._thought if isinstance(event, Reasoning) else self._pieces).append(event.text)

    def _fail(self, error: BaseException | None) -> None:
        """End without `Finished`, because of `error`."""
        outcome = self.outcome
        if isinstance(error, GeneratorExit | asyncio.CancelledError):
            if self._queued:
                outcome.queue = self._elapsed()
            self._end(FinishReason.CANCELLED)
            return
        if isinstance(error, EngineBusy):
            outcome.queue = self._elapsed()
        outcome.error_code = error.code if isinstance(error, EngineError) else INTERNAL_ERROR
        self._end(FinishReason.ERROR)

    def _end(self, reason: FinishReason) -> None:
        self._ended = True
        outcome = self.outcome
        outcome.reason = reason
        outcome.text, outcome.reasoning = "".join(self._pieces), "".join(self._thought)
        outcome.seconds = self._elapsed()
        if reason is FinishReason.ERROR and not outcome.error_code:
            outcome.error_code = EngineError.code
        self._log()
        for observer in observers if self._observers is None else self._observers:
            try:
                observer(outcome)
            except Exception:  # an observer's exception must not fail the answer
                log.exception("An observer of generations failed.")

    def _log(self) -> None:
        """Add the outcome to the access log's line of the HTTP request that asked for it, else log it by itself."""
        caller = self.outcome.caller
        if (request := current_request.get()) and request.id == caller.request_id:
            request.generation = self.outcome.log_fields()
        elif caller.source != "command":  # a command prints its own result
            fields: dict[str, Any] = {"request_id": caller.request_id, "seconds": round(self.outcome.seconds, 6)}
            log.info("generation", extra={"fields": fields | self.outcome.log_fields()})


class RecordedEvents(AsyncGenerator[Event, None]):
    """The events of one generation, and its record. Closing cancels the generation.

    `outcome` is live: it can be read while the generation runs and after it was cancelled.
    """

    def __init__(self, events: AsyncGenerator[Event, None], outcome: Outcome) -> None:
        self.outcome = outcome
        self._events = events

    async def asend(self, value: None) -> Event:
        return await self._events.asend(value)

    async def athrow(self, *error: Any) -> Event:
        return await self._events.athrow(*error)

    async def aclose(self) -> None:
        await self._events.aclose()
