"""State that a process keeps of its current turn, and of an answer that was cut, for the next turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from inference.engine.types import FinishReason

from .answer import Answer
from .signals import Evaluating, Token


@dataclass(frozen=True, slots=True)
class Turn:
    """The current or last answer. `keep`: afterwards, the process waits for the next line."""

    answer: Answer
    keep: bool


@dataclass(slots=True)
class CutAnswer:
    """An answer that was cut at its limit: the start of its continuation.

    `context_tokens`: in the context, up to the cut. `unfinished`: the bytes that it held back. `overrun`: tokens
    sampled between the cut and the interrupt; they are in the context, too.
    """

    context_tokens: int
    unfinished: bytes
    overrun: list[bytes] = field(default_factory=list)

    def continue_with(self, answer: Answer) -> CutAnswer | None:
        """Pass the overrun to the continuation. Return the rest if it reaches its own limit within the overrun."""
        if self.overrun:
            answer.receive(Evaluating(self.context_tokens, 0))
        for at, data in enumerate(self.overrun):
            before = answer.tokens
            answer.receive(Token(data))
            if answer.reason is FinishReason.LENGTH:
                rest = self.overrun[at + answer.tokens - before :]
                return CutAnswer(answer.context_tokens, answer.unfinished, rest)
        return None
