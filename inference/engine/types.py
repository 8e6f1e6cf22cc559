"""The input and output of an engine: requests, and the events of one generation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a transcript. The roles are those of chat templates.

    `reasoning`: what the assistant thought before it answered, without tags.
    """

    role: Role
    content: str
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Parameters of sampling.

    With `temperature` 0 decoding is greedy: `top_p`, `top_k`, `min_p` and `seed` have no effect. `top_k` 0 and `min_p`
    0 switch those samplers off. `seed` None: the engine chooses a seed and reports it in `Finished`.

    `repeat_penalty` (1 is off), `presence_penalty` and `frequency_penalty` (0 is off) lower the logits of tokens among
    the last `repeat_last_n` of the context; -1 means all. `logit_bias`: pairs of a token's number and what is added to
    its logit, by ascending number. `grammar`: GBNF that each answer must follow from its first token; empty for none.
    """

    temperature: float = 0.7
    top_p: float = 0.9
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None
    repeat_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repeat_last_n: int = 64
    logit_bias: tuple[tuple[int, float], ...] = ()
    grammar: str = ""

    @property
    def penalizes(self) -> bool:
        """Whether any of the penalties is on."""
        return (self.repeat_penalty, self.presence_penalty, self.frequency_penalty) != (1.0, 0.0, 0.0)

    def canonical(self) -> Sampling:
        """Return equal sampling in a form that compares equal: without settings that have no effect."""
        sampling = self if self.penalizes else replace(self, repeat_last_n=64)
        return replace(sampling, top_p=1.0, top_k=0, min_p=0.0, seed=None) if self.temperature == 0 else sampling


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One generation. It is stateless: `messages` or `prompt` holds everything that the model is to know.

    `messages`: the transcript. A `system` message may only come first; the last message is a `user` message, or an
    `assistant` message to be continued. `prompt`: raw completion without a chat template, in place of `messages`.
    `max_tokens`, `context_size`: tokens. `threads`: None means the configured number. `stop`: the answer ends before
    the first of these strings; in a thought they have no effect. `think`: whether the model is to think before it
    answers, if its chat template lets requests decide that; None is the template's default. `caller`: who sent the
    request, for fairness and for finding a process that holds the conversation. `keep`: a next turn is likely, so the
    engine keeps the conversation in memory. `model`: id of the model that answers; empty for the default model.
    """

    messages: tuple[Message, ...] = ()
    prompt: str | None = None
    max_tokens: int = 256
    sampling: Sampling = field(default_factory=Sampling)
    context_size: int = 2048
    threads: int | None = None
    stop: tuple[str, ...] = ()
    caller: str = ""
    keep: bool = False
    think: bool | None = None
    model: str = ""


class FinishReason(StrEnum):
    """Why a generation ended."""

    STOP = "stop"  # the model ended its answer, or a stop string appeared
    LENGTH = "length"  # `max_tokens` or the context was reached
    CANCELLED = "cancelled"  # the caller closed the generation
    ERROR = "error"  # the engine failed; the partial text is kept


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts: the prompt, the part of it that was already in a process's context, and the sampled tokens.

    `reasoning_tokens`: those of the sampled tokens that belong to a thought, its tags included.
    """

    prompt_tokens: int
    reused_tokens: int
    generated_tokens: int
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class PromptSize:
    """Tokens of a prompt, template included. `fits`: they leave enough of the request's context for an answer."""

    tokens: int
    fits: bool


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds of each phase. The four phases follow each other, and their sum is the duration of the request.

    `queue`: until a place was free. `prompt`: launch, if one was needed, and prompt evaluation. `first_token`: from the
    evaluated prompt to the first token. `decode`: from the first token to the end. `launch`: the part of `prompt` until
    a process had loaded the model; 0 if one was ready.
    """

    queue: float = 0.0
    prompt: float = 0.0
    first_token: float = 0.0
    decode: float = 0.0
    launch: float = 0.0


@dataclass(frozen=True, slots=True)
class Queued:
    """The request waits. `position` counts from 1; `estimated_seconds` is None without recent answers to go by."""

    position: int
    estimated_seconds: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """Prompt evaluation begins. `model`: id of the model that answers. `model_name`: its name for people.

    `node`: the machine that answers, empty if it is this one.
    """

    prompt_tokens: int
    reused_tokens: int
    model: str = field(default="", compare=False)
    model_name: str = field(default="", compare=False)
    node: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the answer: whole characters, never empty. `tokens`: sampled since the piece before."""

    text: str
    tokens: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The next piece of what the model thinks before it answers; as `Text`. It comes before all text."""

    text: str
    tokens: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event. `seed`, `threads`, `model`: what the answer was made with. `worker`: see `WorkerStatus`.

    `model`: an id. `model_name`: its name for people.
    """

    reason: FinishReason
    usage: Usage
    timings: Timings
    seed: int
    threads: int
    worker: str
    model: str
    model_name: str


Event = Queued | Started | Reasoning | Text | Finished

EngineEventKind = Literal["start", "crash", "change"]
OnEngineEvent = Callable[[EngineEventKind, str], None]  # called with a detail for operators, never with users' texts
