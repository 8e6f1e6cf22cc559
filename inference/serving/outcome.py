"""The record of one generation, shared by history, metrics, log and chat: live while it runs, final at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from inference.engine import FinishReason, GenerationRequest, Timings
from inference.engine.speed import tokens_per_second

from .callers import Caller


@dataclass(slots=True)
class Outcome:
    """The record of one generation so far. Seconds and tokens as in `engine.types`; None: not reached yet.

    `model`: id of the model that answers; empty where there is no such model, or no engine. `model_name`: for people.
    `node`: the machine that answers, empty if it is this one.
    `generated_tokens`: while the generation runs, and where it was cut off, the tokens whose text has arrived.
    `queue`, `prompt`, `first_token`, `decode`, `launch`: the engine's timings, known at its end; see `timings` for an
    estimate. `reasoning_tokens`, `thinking`: tokens and seconds of the thought; None without one.
    `seconds`: the total, known at the end. `started`, `first_text`, `last_text`: seconds from the request until prompt
    evaluation began, and until the first and the latest piece of thought or text.
    """

    request: GenerationRequest
    caller: Caller
    at: datetime = field(default_factory=timezone.now)
    model: str = ""
    model_name: str = ""
    reason: FinishReason = FinishReason.ERROR
    error_code: str = ""
    text: str = ""
    reasoning: str = ""
    seconds: float = 0.0
    started: float | None = None
    first_text: float | None = None
    last_text: float | None = None
    prompt_tokens: int | None = None
    reused_tokens: int | None = None
    generated_tokens: int | None = None
    reasoning_tokens: int | None = None
    thinking: float | None = None
    queue: float | None = None
    prompt: float | None = None
    first_token: float | None = None
    decode: float | None = None
    launch: float | None = None
    seed: int | None = None
    threads: int | None = None
    worker: str = ""
    node: str = ""

    @property
    def text_seconds(self) -> float:
        """Seconds between the first and the latest piece of text."""
        return (self.last_text or 0.0) - (self.first_text or 0.0)

    @property
    def decode_seconds(self) -> float | None:
        """Seconds of decoding: the engine's, or those of the text where it did not finish. None before any text."""
        if self.decode is None and self.first_text is not None:
            return self.text_seconds
        return self.decode

    @property
    def tokens_per_second(self) -> float | None:
        """The speed so far, also of an answer that was cut off; None before the second token."""
        return tokens_per_second((self.generated_tokens, self.decode_seconds))

    def timings(self) -> Timings:
        """Return the engine's timings, or those observed from outside where the engine did not finish.

        The observed ones count a launch as time in the queue, and the first token as part of the prompt's evaluation.
        """
        if self.decode is not None:
            return Timings(
                self.queue or 0.0, self.prompt or 0.0, self.first_token or 0.0, self.decode, self.launch or 0.0
            )
        started = self.seconds if self.started is None else self.started
        first_text = self.seconds if self.first_text is None else self.first_text
        return Timings(queue=started, prompt=first_text - started, decode=self.text_seconds)

    def log_fields(self) -> dict[str, Any]:
        """Return who asked whom, how it ended, its size and its wait, for the log. Never a text."""
        return {
            "source": self.caller.source,
            "user": self.caller.user_id,
            "key": self.caller.key_id,
            "model": self.model or None,
            **({"node": self.node} if self.node else {}),
            "reason": self.reason.value,
            "error": self.error_code or None,
            "prompt_tokens": self.prompt_tokens,
            "generated_tokens": self.generated_tokens,
            "queue_seconds": None if self.queue is None else round(self.queue, 6),
        }
