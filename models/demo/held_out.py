"""Keeps the questions of the evaluation out of the corpus."""

import functools
import re
from collections.abc import Iterable

from .corpus import Dialogue
from .evaluation import QUESTIONS

LONG = 4  # words; a message of so many must not occur inside another one either


def normalised(text: str) -> str:
    """The text without case, punctuation and repeated spaces, so that near copies count as copies."""
    return " ".join(re.findall(r"[a-z0-9]+|[^\sa-z0-9.,:;!?'\"()-]", text.lower()))


@functools.cache
def held_out_texts() -> frozenset[str]:
    """Every message of the evaluation that must not occur in the corpus, normalised."""
    texts = {normalised(text) for question in QUESTIONS for text in question.held_out}
    if "" in texts:
        message = "A question of the evaluation is empty after normalisation."
        raise ValueError(message)
    return frozenset(texts)


@functools.cache
def held_out_words() -> frozenset[str]:
    """The names of the evaluation that no message of the corpus may contain."""
    return frozenset(word for question in QUESTIONS for word in question.new_words)


@functools.cache
def held_out_lengths() -> tuple[int, ...]:
    """How many words the long messages of the evaluation have, each length once."""
    lengths = {len(text.split()) for text in held_out_texts()}
    return tuple(sorted(length for length in lengths if length >= LONG))


def is_held_out(text: str) -> bool:
    """Whether a message of the corpus is one of the evaluation's, contains a long one, or one of its new words."""
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
    """Whether the dialogue has the system prompt or a message of the evaluation."""
    return is_held_out(dialogue.system or "") or any(is_held_out(turn.question) for turn in dialogue.turns)


def assert_held_out(prompts: Iterable[str]) -> int:
    """Check, in the finished corpus, that the training never sees the evaluation; returns how many prompts it read."""
    count = 0
    for prompt in prompts:
        if is_held_out(prompt):
            message = f"The corpus holds a question of the evaluation: {prompt!r}"
            raise AssertionError(message)
        count += 1
    return count
