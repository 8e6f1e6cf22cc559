"""Which turns of a conversation the model sees. Decisions over texts and token counts; the engine is the judge.

A transcript that does not fit loses its oldest exchanges. It loses them in big steps, down to about half of the
context, and the next answers keep the new beginning: the process that holds the conversation can go on with each of
them, while a window that moved a little with every turn would make it read everything anew every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

TEMPLATE_TOKENS: Final = 6  # that a chat template spends on a message, about
TOKENS_PER_CHARACTER: Final = 0.3  # where nothing has been counted yet; English has fewer, other languages more
LEAST_RATE, MOST_RATE = (
    0.02,
    4.0,
)  # tokens per character: spaces in a row; characters that the vocabulary spells in bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer; the last one's is empty, or open where it is to be continued. `id`: the question's."""

    id: UUID
    question: str
    answer: str = ""


def room_for_answer(max_tokens: int, context_size: int) -> int:
    """Tokens of the context that the transcript leaves to the answer."""
    return min(max_tokens, context_size // 4)


def tokens_per_character(tokens: int, system_prompt: str, exchanges: Sequence[Exchange]) -> float:
    """The rate at which these texts became `tokens`, so that `estimated_tokens` gives just these."""
    characters, messages = _size(system_prompt, exchanges)
    rate = (tokens - TEMPLATE_TOKENS * messages) / max(1, characters)
    return min(MOST_RATE, max(LEAST_RATE, rate))


def estimated_tokens(system_prompt: str, exchanges: Sequence[Exchange], rate: float) -> float:
    """Tokens of a transcript. `rate`: tokens per character."""
    characters, messages = _size(system_prompt, exchanges)
    return TEMPLATE_TOKENS * messages + rate * characters


def window(
    system_prompt: str, exchanges: Sequence[Exchange], start: int, rate: float, context_size: int, room: int
) -> int:
    """The first exchange to show: `start`, the one before's beginning, if that is likely to fit, else a later one."""
    if estimated_tokens(system_prompt, exchanges[start:], rate) <= context_size - room:
        return start
    later = shrunk_window(system_prompt, exchanges, start, rate, context_size, room)
    return start if later is None else later


def shrunk_window(
    system_prompt: str, exchanges: Sequence[Exchange], start: int, rate: float, context_size: int, room: int
) -> int | None:
    """A later beginning than `start`, which did not fit; None where only the last question is left.

    About half of the context is filled then; more where the last exchange alone is long, so that it keeps company.
    """
    last = len(exchanges) - 1
    if start >= last:
        return None
    needed = estimated_tokens(system_prompt, exchanges[last:], rate)
    most = max(context_size / 2, min(context_size - room, needed + context_size / 4))
    start += 1
    while start < last and estimated_tokens(system_prompt, exchanges[start:], rate) > most:
        start += 1
    return start


def _size(system_prompt: str, exchanges: Sequence[Exchange]) -> tuple[int, int]:
    """Characters and messages."""
    characters = len(system_prompt) + sum(len(each.question) + len(each.answer) for each in exchanges)
    return characters, bool(system_prompt) + 2 * len(exchanges)
