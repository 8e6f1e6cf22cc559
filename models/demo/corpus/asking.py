"""Pick a question from patterns, and vary its wording and typing."""

import random

from .phrasing import choose, vary
from .reframing import reframe
from .synonyms import contracted, in_shorthand, with_synonyms

REFRAMED = 0.45
WITH_SYNONYMS = 0.4
CONTRACTED = 0.25
IN_SHORTHAND = 0.04


def worded(rng: random.Random, text: str) -> str:
    """Return the text rephrased, with synonyms, or unchanged."""
    if rng.random() < REFRAMED:
        text = reframe(rng, text)
    if rng.random() < WITH_SYNONYMS:
        text = with_synonyms(rng, text)
    if rng.random() < CONTRACTED:
        text = contracted(text)
    if rng.random() < IN_SHORTHAND:
        text = in_shorthand(rng, text)
    return text


def asked(rng: random.Random, patterns: tuple[str, ...], *, opening: bool = True) -> str:
    """Return one of the patterns with varied wording and typing. `opening`: words may precede it."""
    return vary(rng, worded(rng, choose(rng, patterns)), opening=opening)
