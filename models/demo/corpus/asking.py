"""One question out of the patterns for it, worded and typed as one of many people might."""

import random

from .phrasing import choose, vary
from .reframing import reframe
from .synonyms import contracted, in_shorthand, with_synonyms

REFRAMED = 0.45
WITH_SYNONYMS = 0.4
CONTRACTED = 0.25
IN_SHORTHAND = 0.04


def worded(rng: random.Random, text: str) -> str:
    """The text in another sentence, with other words, or as it is."""
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
    """One of the patterns, worded and typed freely; `opening` allows words before it."""
    return vary(rng, worded(rng, choose(rng, patterns)), opening=opening)
