"""Keep the questions of the evaluation out of the corpus."""

import functools
import re
from collections.abc import Iterable

from .corpus import Dialogue
from .evaluation import QUESTIONS

LONG = 4  # words; a message of at least this many must not be part of another one either


def normalised(text: str) -> str:
    """Return the text without case, punctuation and repeated spaces, so that near copies count as copies."""
    return " ".join(re.findall(r"[a-z0-9]+|[^\sa-z0-9.,:;!?'\"()-]", text.lower()))


@functools.cache
def held_out_texts() -> frozenset[str]:
    """Return every message of the evaluation that must not occur in the corpus, normalized."""
    texts = {normalised(text) for question in QUESTIONS for text in question.held_out}
    if "" in texts:
        message = "A question of the evaluation is empty after normalization."
        raise ValueError(message)
    return frozenset(texts)


@functools.cache
def held_out_words() -> frozenset[str]:
    """Return the names of the evaluation that no message of the corpus may contain."""
    return frozenset(word for question in QUESTIONS for word in question.new_words)


@functools.cache
def held_out_lengths() -> tuple[int, ...]:
    """Return the lengths in words of the long messages of the evaluation."""
    lengths = {len(text.split()) for text in held_out_texts()}
    return tuple(sorted(length for length in lengths if length >= LONG))


def is_held_out(text: str) -> bool:
    """Return whether a message of the corpus equals one of the evaluation, or contains a long one or a new word."""
    simple = normalised(text)
    spoken = simple.split()
    if simple in held_out_texts() or not held_out_words().isdisjoint(spoken):
        return True
    return any(
        " ".join(spoken[start : start + length]) in held_out_texts()
        for length in held_out_lengths()
        for start in range(len(spoken) - length + 1)
    )


def contains_held_out(dialogue: Dialogue) -> bool:
    """Return whether the dialogue has a system prompt or a message of the evaluation."""
    return is_held_out(dialogue.system or "") or any(is_held_out(turn.question) for turn in dialogue.turns)


def assert_held_out(prompts: Iterable[str]) -> int:
    """Check that the finished corpus has no question of the evaluation. Return the number of prompts checked."""
    count = 0
    for prompt in prompts:
        if is_held_out(prompt):
            message = f"The corpus contains a question of the evaluation: {prompt!r}"
            raise AssertionError(message)
        count += 1
    return count
