"""What goes into the engine and what comes out: requests, messages, sampling, and the events of one generation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a transcript. Roles are those of the chat templates: `system`, `user`, `assistant`."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. All of it is fixed when a llama-cli starts.

    `temperature` 0 is greedy, so `top_p`, `top_k`, `min_p` and `seed` have no effect there. `top_k` 0 and `min_p` 0
    switch those samplers off: llama-cli's own defaults (40 and 0.05) run before the temperature and flatten its effect.
    `seed` None lets the server choose one; it is always passed on, because the seed that llama-cli draws for itself
    does not reproduce the answer.
    """

    temperature: float = 0.7
    top_p: float = 0.9
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One generation, stateless: everything that the model is to know stands in `messages` or `prompt`.

    `messages`: the transcript; a `system` message only in the first place; it ends in a `user` message (a question) or
    in an `assistant` message (an open answer, to be continued). `prompt`: raw completion without a chat template,
    instead of `messages`. `max_tokens`, `context_size`: tokens. `threads`: of llama-cli; None means the configured
    team. `stop`: the answer ends before the first of these strings. `owner`: whose request it is, for fairness and for
    finding a process that holds the conversation. `keep`: a next turn is likely, so keep the process for it.
    """

    messages: tuple[Message, ...] = ()
    prompt: str | None = None
    max_tokens: int = 256
    sampling: Sampling = field(default_factory=Sampling)
    context_size: int = 2048
    threads: int | None = None
    stop: tuple[str, ...] = ()
    owner: str = ""
    keep: bool = False


class FinishReason(StrEnum):
    """Why a generation ended."""

    STOP = "stop"  # the model ended its answer, or one of the request's stop strings appeared
    LENGTH = "length"  # `max_tokens` or the context was reached
    CANCELLED = "cancelled"  # the caller closed the generation
    ERROR = "error"  # the engine failed; the partial text is kept


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens: in the context before the first sampled one, of those already held by the process, and sampled."""

    prompt_tokens: int
    reused_tokens: int
    generated_tokens: int


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds of each phase, one after the other; together they are the whole request.

    `queue`: until a place was free. `prompt`: launch, where one was needed, and evaluation of the prompt.
    `first_token`: from the evaluated prompt to the first token. `decode`: from the first token to the end.
    """

    queue: float = 0.0
    prompt: float = 0.0
    first_token: float = 0.0
    decode: float = 0.0


@dataclass(frozen=True, slots=True)
class Queued:
    """The request waits. `position` counts from 1; `estimated_seconds` is None while there is nothing to go by."""

    position: int
    estimated_seconds: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """A process evaluates the prompt. `model`: the name of the one that it has loaded."""

    prompt_tokens: int
    reused_tokens: int
    model: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the answer: whole characters, never empty. `tokens`: sampled since the piece before."""

    text: str
    tokens: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event. `seed`, `threads` and `model` are those that the process was launched with, `pid` its number."""

    reason: FinishReason
    usage: Usage
    timings: Timings
    seed: int
    threads: int
    pid: int
    model: str


Event = Queued | Started | Text | Finished

EventKind = Literal["start", "death", "change"]  # of the engine itself
OnEvent = Callable[[EventKind, str], None]  # with a detail for people
