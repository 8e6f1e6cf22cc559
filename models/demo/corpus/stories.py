"""Tiny stories composed from parts, with questions about them."""

import random

from .names import made_up_word, random_name
from .phrasing import article, choose, first_upper, vary
from .reframing import sometimes_reframed
from .turn import Turn
from .word_lists import words

HEROES = words(
    "fox rabbit bear cat dog mouse owl turtle robot dragon bird frog hedgehog penguin lion elephant squirrel "
    "wolf pig horse"
)
PLACES = (
    "in a green forest",
    "by a quiet lake",
    "in a small village",
    "near the sea",
    "on a high mountain",
    "in an old house",
    "in a big city",
    "on a sunny island",
)
MOODS = words("little brave old curious tiny lonely clever sleepy")
TREASURES = (
    "a golden key",
    "a red balloon",
    "a strange map",
    "a shiny stone",
    "an old book",
    "a lost hat",
    "a small lamp",
    "a blue feather",
)
ENDINGS = (
    "From that day on they were best friends.",
    "And they all lived happily ever after.",
    "That night everybody slept very well.",
    "And it never felt alone again.",
)
STORY_ABOUT = (
    "[tell|write|read|give] [me|] a [short|little|nice|] story [about|with] {a}",
    "[can|could] you [tell|write] [me|] a [short|] story about {a}?",
    "a [short|] story about {a} [please|]",
    "[make|think] up a story about {a}",
    "story about {a}",
    "I [want|would like] [to hear|] a story about {a}",
    "[tell|write] [me|] a [fairy tale|bedtime story|tale] about {a}",
    "invent a story about {a}",
)
ANY_STORY = (
    "[tell|write|read|give] [me|] a [short|little|nice|bedtime|good|] story",
    "[can|could|will] you tell [me|us] a [short|] story?",
    "a story [please|]",
    "I [want|would like] [to hear|] a [short|] story",
    "[make up|invent] a story",
    "another story [please|]",
    "once upon a time",
    "story time",
    "do you know a [good|] story?",
)
FOUND = ("what did [the {a}|it|he|she] find?", "what was [found|the treasure] in the story?", "what did they find?")
HELPED = ("who came by?", "who asked for help?", "which [animal|one] came by?", "who needed help?")
LIVED = ("where did [the {a}|it] live?", "where does the story [happen|take place]?")


def story_block(rng: random.Random) -> list[Turn]:
    """Return a story of five sentences, and sometimes a question about it."""
    hero = rng.choice(HEROES) if rng.random() < 0.8 else made_up_word(rng, 2)
    visitor = rng.choice([animal for animal in HEROES if animal != hero])
    place, treasure = rng.choice(PLACES), rng.choice(TREASURES)
    called = f" called {random_name(rng)}" if rng.random() < 0.4 else ""
    if called or rng.random() < 0.75:
        question = sometimes_reframed(rng, choose(rng, STORY_ABOUT).format(a=article(hero) + called))
    else:
        question = sometimes_reframed(rng, choose(rng, ANY_STORY))
    text = (
        f"Once upon a time there was {article(rng.choice(MOODS))} {hero}{called} who lived {place}. "
        f"One day the {hero} found {treasure}. {first_upper(article(visitor))} came by and asked for help. "
        f"Together they solved the problem. {rng.choice(ENDINGS)}"
    )
    turns = [Turn(vary(rng, question, exact=True), text, brief=text)]
    if rng.random() < 0.35:
        patterns, answer = rng.choice(
            (
                (FOUND, f"The {hero} found {treasure}."),
                (HELPED, f"{first_upper(article(visitor))} came by."),
                (LIVED, f"The {hero} lived {place}."),
            )
        )
        turns.append(
            Turn(vary(rng, sometimes_reframed(rng, choose(rng, patterns).format(a=hero)), opening=False), answer)
        )
    return turns
