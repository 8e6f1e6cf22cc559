"""The signals of `StreamParser`: the meaning of a llama-cli child's output."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """The context size of the process in tokens, and whether llama-cli puts a BOS token at its start."""

    size: int
    adds_bos: bool


@dataclass(frozen=True, slots=True)
class LaunchPromptTooLong:
    """The initial prompt alone, of `tokens` tokens, does not fit; the process exits."""

    tokens: int


@dataclass(frozen=True, slots=True)
class GrammarRefused:
    """The grammar does not compile, for this `reason`. llama-cli would continue without it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Evaluating:
    """An evaluation of `new` tokens starts, after `past` in the context. One per turn, and one at launch."""

    past: int
    new: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The evaluation has ended and the first token is sampled; the context held `past` tokens before it."""

    past: int


@dataclass(frozen=True, slots=True)
class Token:
    """The bytes of one sampled token, perhaps a part of a character; empty for a control token, which has no text."""

    data: bytes


@dataclass(frozen=True, slots=True)
class EndOfGeneration:
    """The last sampled token ended the answer. It is in the context, but not in the text."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The process waits for a line; all signals of the turn have been sent."""


@dataclass(frozen=True, slots=True)
class OutOfStep:
    """The output violates the protocol."""

    explanation: str


Signal = (
    Context
    | LaunchPromptTooLong
    | GrammarRefused
    | Evaluating
    | Evaluated
    | Token
    | EndOfGeneration
    | Waiting
    | OutOfStep
)
