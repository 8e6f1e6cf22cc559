"""The speed of decoding. Every page, command and metric computes it with the function in this module."""

from __future__ import annotations

from typing import Final

MIN_SECONDS: Final = 0.001  # shorter times say nothing about the speed


def tokens_per_second(*answers: tuple[int | None, float | None]) -> float | None:
    """Return the mean speed of answers, each given as its generated tokens and its seconds of decoding.

    Decoding lasts from the first token to the end, so the first token of each answer does not count. Answers without a
    second token do not count at all. Return None if no answer counts.
    """
    timed = [(tokens - 1, seconds) for tokens, seconds in answers if tokens and tokens > 1 and seconds]
    total = sum(seconds for _, seconds in timed)
    return sum(tokens for tokens, _ in timed) / total if total >= MIN_SECONDS else None
