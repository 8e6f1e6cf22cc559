"""Haiku and short poems."""

import random

from .phrasing import choose, vary, without_article
from .reframing import sometimes_reframed
from .turn import Turn

HAIKU = {
    "the sea": "Waves touch the grey stones,\nthe moon pulls the quiet tide,\nsalt wind in my hair.",
    "spring": "Soft rain on the buds,\na small green leaf opens up,\nspring has found us all.",
    "winter": "Snow falls on the roof,\nthe garden sleeps under white,\nwarm tea in my hands.",
    "autumn": "Red leaves leave the tree,\nthe wind carries them away,\nautumn says goodbye.",
    "summer": "Long light, lazy bees,\nthe field hums with golden heat,\nsummer holds its breath.",
    "the moon": "Silver moon tonight,\nyou hang above the dark hill,\na lamp for the owls.",
    "computers": "Silent humming box,\nzeros and ones run all night,\nthen it shows a word.",
    "a cat": "The cat on the wall\nwatches the world with one eye\nand sleeps with the other.",
    "the rain": "Drops on the window,\neach one runs its own small race,\nthe grey day goes by.",
    "BitNet": "Minus one and one,\nbetween them a quiet zero,\nthree values can speak.",
    "nature": "A leaf in the wind,\nthe river sings to the stones,\nthe forest listens.",
    "coffee": "Steam above the cup,\nthe morning slowly wakes up,\none more sip, then work.",
    "love": "Two cups on the sill,\nyour laughter fills the kitchen,\nthe day starts with you.",
    "the night": "Stars above the town,\nthe last window turns to dark,\nonly crickets sing.",
    "a tree": "Old tree on the hill,\nits roots hold on to the earth,\nits leaves greet the sky.",
    "machine learning": "Examples flow in,\nthe weights move a little step,\nthe error grows small.",
    "Docker": "A box for the code,\nit runs the same everywhere,\nthe whale carries it.",
}
POEMS = (
    "The sun goes up, the sky is blue,\nthe birds all sing a song for you.\n"
    "The day is new, the air is clear,\nand all the best is waiting here.",
    "A little model, small and bright,\nwith minus one and plus one light,\n"
    "it counts its zeros all day long\nand turns them into words and song.",
)
ANY_HAIKU = (
    "[write|make|compose|create|tell me|give me|show me|recite] a haiku",
    "write me a [short|nice|] haiku",
    "[can|could] you [write|make|compose] a haiku [for me|]?",
    "a haiku [please|]",
    "haiku",
    "I [want|would like] a haiku",
    "[write|give me] another haiku",
    "do you know a haiku?",
    "surprise me with a haiku",
)
HAIKU_ABOUT = (
    "[write|make|compose|create|give me] [me|] a [haiku|short haiku] [about|on] {k}",
    "[can|could] you [write|make|compose] a haiku [about|on] {k}?",
    "a haiku [about|on] {k} [please|]",
    "haiku [about|:] {k}",
    "I [want|would like] a haiku [about|on] {k}",
    "[write|give me] [me|] a [short|little|] poem [about|on] {k}",
    "{k} as a haiku",
)
ANY_POEM = (
    "[write|compose|make|create|recite] [me|] a [short|nice|little|] poem",
    "[can|could] you write a poem [for me|]?",
    "a poem [please|]",
    "[make|write] a rhyme",
    "write some poetry",
    "[do you know|tell me] a poem",
    "can you rhyme?",
    "I would like a poem",
)


def haiku_block(rng: random.Random) -> list[Turn]:
    """Return a haiku about the requested topic, or about anything."""
    subject = rng.choice(list(HAIKU))
    if rng.random() < 0.3:
        question = sometimes_reframed(rng, choose(rng, ANY_HAIKU))
    else:
        named = without_article(subject) if rng.random() < 0.5 else subject
        question = sometimes_reframed(rng, choose(rng, HAIKU_ABOUT).format(k=named))
    return [Turn(vary(rng, question), HAIKU[subject], brief=HAIKU[subject])]


def poem_block(rng: random.Random) -> list[Turn]:
    """Return a poem of four lines."""
    poem = rng.choice(POEMS)
    return [Turn(vary(rng, sometimes_reframed(rng, choose(rng, ANY_POEM))), poem, brief=poem)]
