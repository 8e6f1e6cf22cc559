"""Repetition of the user's words, the last answer or the first question."""

import random

from .names import CITIES, COLOURS, FIRST_NAMES, FOODS, PETS, made_up_word
from .phrasing import choose
from .turn import Turn

SAY = (
    "[say|Say|please say|Please say|repeat|Repeat|echo|Echo|write|Write]: {w}",
    "[say|repeat|echo|type] {w}",
    "[repeat|say] after me: {w}",
    "[say|repeat] the [word|words] {w}",
    "[say|repeat] '{w}'",
    'say "{w}"',
    "[can|could] you say {w}?",
)
AGAIN = (
    "[repeat|say] [your last answer|that again|it again|this once more]",
    "[can|could] you repeat that [please|]?",
    "what did you [just|] say?",
    "[once more|again] [please|]",
    "I did not [get|understand|hear] that",
)
FIRST = (
    "what was my first [question|message]?",
    "what did I [ask|say|write] first?",
    "what was the first thing I [wrote|said|asked]?",
    "how did I start this conversation?",
)
WORDS = [
    *FIRST_NAMES,
    *FOODS,
    *COLOURS,
    *PETS,
    *CITIES,
    "hello",
    "I am",
    "good",
    "the",
    "big",
    "small",
    "tree",
    "house",
]


def repetition_block(rng: random.Random) -> list[Turn]:
    """Return a turn in which the user asks to repeat some words."""
    if rng.random() < 0.5:
        words = made_up_word(rng, rng.randint(1, 4))
    else:
        words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 5)))
    return [Turn(choose(rng, SAY).format(w=words), words, brief=words)]


def looking_back(rng: random.Random, turns: list[Turn]) -> Turn:
    """Return a question about an earlier turn of the conversation."""
    if rng.random() < 0.5:
        return Turn(choose(rng, AGAIN), turns[-1].answer, brief=turns[-1].brief)
    answer = f"You wrote: {turns[0].question}"
    return Turn(choose(rng, FIRST), answer, brief=answer)
