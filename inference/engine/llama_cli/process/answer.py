"""One answer, without I/O: signals in, decisions and text out."""

from __future__ import annotations

import codecs
import time
from enum import Enum
from itertools import groupby
from typing import Final

from inference.engine.errors import EngineCrashed, EngineError, PromptTooLong
from inference.engine.prompts.thoughts import Thought, ThoughtSplitter
from inference.engine.speed import tokens_per_second
from inference.engine.types import FinishReason, Reasoning, Started, Text, Timings, Usage

from .signals import (
    Context,
    EndOfGeneration,
    Evaluated,
    Evaluating,
    LaunchPromptTooLong,
    OutOfStep,
    Signal,
    Token,
    Waiting,
)

# Tokens that a prompt must leave for the answer. llama-cli evaluates at most n_ctx − 4 tokens at once, and drops the
# rest without stopping. A prompt that is evaluated in parts could be longer, but a process may hold any part of it.
MIN_ANSWER_ROOM: Final = 4

AnswerEvent = Started | Reasoning | Text


class AnswerText:
    """Decodes the bytes of tokens into text: complete characters only, and nothing of a thought or a stop string.

    `begins`: what the answer begins with. `leading_spaces`: how many spaces at the start belong to the generation
    prompt instead of the answer. `carry`: the bytes that the answer before held back when it was cut; this answer
    continues it. `thought`: the part of the thought that the last call completed. `raw`: the whole answer so far, as it
    was generated. Stop strings have no effect in a thought: models repeat them there, and would never answer.
    """

    def __init__(
        self, stop: tuple[str, ...] = (), leading_spaces: int = 0, carry: bytes = b"", begins: Thought = "none"
    ) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._splitter = ThoughtSplitter(begins, self._decoder.decode(carry))
        self.thought = ""
        self.raw = ""
        self._stop = stop
        self._leading_spaces = leading_spaces
        self._held = ""  # could be the start of a stop string
        self.stopped = False

    def feed(self, data: bytes) -> str:
        """Return the text that these bytes complete, perhaps none. Sets `stopped` when a stop string is complete."""
        text = self._held + self._split(self._decoder.decode(data))
        ends = [at for string in self._stop if (at := text.find(string)) >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        held = max((_overlap(text, string) for string in self._stop), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    @property
    def thinking(self) -> bool:
        """Whether the answer is in its thought, the tags included."""
        return self._splitter.thinking

    @property
    def unfinished(self) -> bytes:
        """The bytes held back: of a tag of a thought or the space around it, and of a character."""
        return self._splitter.held.encode() + self._decoder.getstate()[0]

    def finish(self, *, complete: bool) -> str:
        """Return the text held back. An unfinished character becomes U+FFFD if `complete`, else it is left out.

        So is an unfinished tag; if `complete`, it is text.
        """
        text, self._held, self.thought = self._held, "", ""
        if complete:
            text += self._split(self._decoder.decode(b"", final=True))
            thought, rest = self._splitter.finish()
            self.thought, text = self.thought + thought, text + rest
        return text

    def _split(self, piece: str) -> str:
        """Return the text of the next piece, and set `thought`."""
        piece = self._strip_leading_spaces(piece)
        self.raw += piece
        self.thought, text = self._splitter.feed(piece)
        return text

    def _strip_leading_spaces(self, text: str) -> str:
        if self._leading_spaces and text:
            stripped = text.lstrip(" ")
            removed = min(len(text) - len(stripped), self._leading_spaces)
            self._leading_spaces = 0 if stripped else self._leading_spaces - removed
            return text[removed:]
        return text


def _overlap(text: str, string: str) -> int:
    """Return the length of the longest suffix of `text` that is a proper prefix of `string`."""
    for length in range(min(len(text), len(string) - 1), 0, -1):
        if text.endswith(string[:length]):
            return length
    return 0


class Verdict(Enum):
    """The actions that an answer requires of its process."""

    CONTINUE = "continue"
    CUT = "cut"  # the answer has ended; further tokens are not part of it
    KILL = "kill"  # the process cannot be used again


class Answer:
    """Decides about one answer: whether its prompt fits, and where it ends. Collects its text, usage and timings.

    `max_tokens`, `context_size`: tokens. `fresh`: the process was launched for this request, so that none of its tokens
    count as reused. `stop`, `leading_spaces`, `carry`, `begins`: see `AnswerText`. `tokens`: sampled so far. `reason`
    or `error` is set when the answer is over.
    """

    def __init__(
        self,
        *,
        max_tokens: int,
        context_size: int,
        stop: tuple[str, ...] = (),
        leading_spaces: int = 0,
        fresh: bool = True,
        carry: bytes = b"",
        begins: Thought = "none",
    ) -> None:
        self._max_tokens = max_tokens
        self._context_size = context_size
        self._fresh = fresh
        self._text = AnswerText(stop, leading_spaces, carry, begins)
        self._started: Started | None = None
        self._start_taken = False
        self._untaken: list[Reasoning | Text] = []
        self._released_tokens = 0
        self._reasoning_tokens = 0
        self.tokens = 0
        self.reason: FinishReason | None = None
        self.error: EngineError | None = None
        self._evaluated_at: float | None = None
        self._first_token_at: float | None = None
        self._over_at: float | None = None

    @property
    def over(self) -> bool:
        return self.reason is not None or self.error is not None

    @property
    def sampling(self) -> bool:
        """Whether the first token has been sampled."""
        return self._first_token_at is not None

    @property
    def unfinished(self) -> bytes:
        """The bytes that were held back at the cut; a continuation starts with them."""
        return self._text.unfinished

    @property
    def raw_text(self) -> str:
        """The whole answer as it was generated: its thought, with the tags, and its text."""
        return self._text.raw

    def receive(self, signal: Signal) -> Verdict:
        """Process one signal, and return what the process has to do."""
        if self.over:
            return Verdict.CONTINUE
        match signal:
            case Evaluating(past, new):
                return self._evaluate(past, new)
            case Evaluated(past):
                return self._evaluated(past)
            case Token(data):
                return self._append(data)
            case EndOfGeneration():
                self.tokens -= 1  # the end token was counted, but is not part of the answer
                self._end(FinishReason.STOP, complete=True)
            case Waiting():
                return self.fail(EngineCrashed("The engine process was interrupted from outside during this answer."))
            case OutOfStep(explanation):
                return self.fail(EngineCrashed(f"The engine process printed what it should not: {explanation}."))
            case Context() | LaunchPromptTooLong():
                pass
        return Verdict.CONTINUE

    def fail(self, error: EngineError) -> Verdict:
        """End the answer with `error`; the text so far is kept."""
        if not self.over:
            self._release(self._text.finish(complete=False))
            self.error = error
            self._over_at = time.monotonic()
        return Verdict.KILL

    def take(self) -> list[AnswerEvent]:
        """Return the events since the last call."""
        events: list[AnswerEvent] = []
        if self._started and not self._start_taken:
            self._start_taken = True
            events.append(self._started)
        for kind, pieces in groupby(self._untaken, type):
            texts = list(pieces)
            events.append(kind("".join(each.text for each in texts), sum(each.tokens for each in texts)))
        self._untaken.clear()
        return events

    @property
    def usage(self) -> Usage:
        started = self._started or Started(0, 0)
        reasoning = min(self._reasoning_tokens, self.tokens)
        return Usage(started.prompt_tokens, started.reused_tokens, self.tokens, reasoning)

    @property
    def context_tokens(self) -> int:
        """Tokens in the context at its end, without the end token and tokens sampled after a cut."""
        return self.usage.prompt_tokens + self.tokens

    @property
    def tokens_per_second(self) -> float | None:
        """The speed of decoding after the first token; None before the second one."""
        seconds = (self._over_at or time.monotonic()) - (self._first_token_at or 0.0)
        speed = tokens_per_second((self.tokens, seconds))
        return None if speed is None else round(speed, 2)

    def timings(self, *, queued_at: float, granted_at: float, loaded_at: float | None = None) -> Timings:
        """Return the duration of each phase.

        `queued_at`, `granted_at`, and `loaded_at`, when the process had loaded its model: on the monotonic clock.
        """
        over = self._over_at or time.monotonic()
        first = self._first_token_at or over
        evaluated = self._evaluated_at or first
        launch = max(0.0, loaded_at - granted_at) if loaded_at else 0.0
        return Timings(granted_at - queued_at, evaluated - granted_at, first - evaluated, over - first, launch)

    def _evaluate(self, past: int, new: int) -> Verdict:
        if past + new > self._context_size - MIN_ANSWER_ROOM:
            return self.fail(PromptTooLong(past + new, self._context_size, MIN_ANSWER_ROOM))
        self._start(past + new, past)
        return Verdict.CONTINUE

    def _start(self, prompt_tokens: int, past: int) -> None:
        self._started = Started(prompt_tokens, 0 if self._fresh else past)
        self._max_tokens = min(self._max_tokens, self._context_size - prompt_tokens)

    def _evaluated(self, past: int) -> Verdict:
        self._evaluated_at = time.monotonic()
        if not self._started:  # an open answer continues, so that there was no line to evaluate
            return self._evaluate(0, past) if self._fresh else self._evaluate(past, 0)
        return Verdict.CONTINUE

    def _append(self, data: bytes) -> Verdict:
        if self._first_token_at is None:
            self._first_token_at = time.monotonic()
        if self.tokens == self._max_tokens:  # the last token was a control token, and not the end
            return self._end(FinishReason.LENGTH)
        self.tokens += 1
        self._release(self._text.feed(data))
        if self._text.thinking:
            self._reasoning_tokens = self.tokens
        if self._text.stopped:
            return self._end(FinishReason.STOP)
        if self.tokens == self._max_tokens and data:
            return self._end(FinishReason.LENGTH)
        return Verdict.CONTINUE

    def _end(self, reason: FinishReason, *, complete: bool = False) -> Verdict:
        self._release(self._text.finish(complete=complete))
        self.reason = reason
        self._over_at = time.monotonic()
        return Verdict.CUT

    def _release(self, text: str) -> None:
        """Add events for a text, and for the part of the thought that came with it."""
        for event, piece in ((Reasoning, self._text.thought), (Text, text)):
            if piece:
                self._untaken.append(event(piece, self.tokens - self._released_tokens))
                self._released_tokens = self.tokens
