"""Choose the turns of a conversation that the model sees, from texts and token counts.

The result is an estimate; the engine counts exactly and may refuse it.

A transcript that does not fit loses its oldest exchanges. It loses many at once, down to about half of the context, and
the next answers keep the new start: the process that holds the conversation can continue with each of them. A window
that moved a little with every turn would evaluate the whole transcript every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

TEMPLATE_TOKENS: Final = 6  # that a chat template adds to a message, approximately
TOKENS_PER_CHARACTER: Final = 0.3  # before anything was counted; English has fewer, other languages more
MIN_RATE: Final = 0.02  # tokens per character: a run of spaces
MAX_RATE: Final = 4.0  # tokens per character: characters that the vocabulary spells in bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer. The last answer is empty, or open where it is continued. `id`: the question's.

    `reasoning`: the thought of the answer.
    """

    id: UUID
    question: str
    answer: str = ""
    reasoning: str = ""


def answer_room(max_tokens: int, context_size: int) -> int:
    """Return the tokens of the context that the transcript leaves to the answer."""
    return min(max_tokens, context_size // 4)


def tokens_per_character(tokens: int, system_prompt: str, exchanges: Sequence[Exchange]) -> float:
    """Return the rate at which these texts became `tokens`: `estimated_tokens` with it gives the same count."""
    characters, messages = _size(system_prompt, exchanges)
    rate = (tokens - TEMPLATE_TOKENS * messages) / max(1, characters)
    return min(MAX_RATE, max(MIN_RATE, rate))


def estimated_tokens(system_prompt: str, exchanges: Sequence[Exchange], rate: float) -> float:
    """Estimate the tokens of a transcript. `rate`: tokens per character."""
    characters, messages = _size(system_prompt, exchanges)
    return TEMPLATE_TOKENS * messages + rate * characters


def start(
    system_prompt: str, exchanges: Sequence[Exchange], previous: int, rate: float, context_size: int, room: int
) -> int:
    """Return the first exchange to show: `previous`, the last answer's, if it is likely to fit, else a later one."""
    if estimated_tokens(system_prompt, exchanges[previous:], rate) <= context_size - room:
        return previous
    later = later_start(system_prompt, exchanges, previous, rate, context_size, room)
    return previous if later is None else later


def later_start(
    system_prompt: str, exchanges: Sequence[Exchange], previous: int, rate: float, context_size: int, room: int
) -> int | None:
    """Return a start after `previous`, which did not fit, or None where only the last question is left.

    Fill about half of the context; more where the last exchange alone is long, so that it keeps some of those before.
    """
    last = len(exchanges) - 1
    if previous >= last:
        return None
    needed = estimated_tokens(system_prompt, exchanges[last:], rate)
    target = max(context_size / 2, min(context_size - room, needed + context_size / 4))
    first = previous + 1
    while first < last and estimated_tokens(system_prompt, exchanges[first:], rate) > target:
        first += 1
    return first


def _size(system_prompt: str, exchanges: Sequence[Exchange]) -> tuple[int, int]:
    """Return the number of characters and of messages."""
    characters = len(system_prompt) + sum(len(each.question) + len(each.answer) for each in exchanges)
    return characters, bool(system_prompt) + 2 * len(exchanges)
