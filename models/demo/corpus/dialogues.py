"""Complete conversations, composed from the blocks of the other modules."""

import random
from collections.abc import Callable, Iterable

from . import (
    abilities,
    bitnet,
    facts_measures,
    facts_nature,
    facts_people,
    facts_sets,
    identity,
    markdown,
    moods,
    refusals,
    remarks,
    requests,
    server,
    server_access,
    server_features,
)
from .arithmetic import number_block, sum_block, too_large_block
from .asking import asked
from .counting import counting_block
from .definitions import definition_block, difference_block
from .everyday import animal_block, calendar_block, colour_block, opposite_block
from .geography import geography_block
from .languages import translation_block
from .lists import list_block
from .manners import DEFAULT, MANNERS, NEUTRAL, manner_prompt, named_prompt, with_manner
from .memory import Told, memory_turns, name_block
from .memory_facts import NAME
from .phrasing import choose, weights
from .poems import haiku_block, poem_block
from .repetition import looking_back, repetition_block
from .stories import story_block
from .turn import Dialogue, Intent, Turn
from .unknown import unknown_block

IDENTITY = identity.INTENTS + abilities.INTENTS
SERVER = server.INTENTS + server_features.INTENTS + server_access.INTENTS + bitnet.INTENTS
REMARKS = remarks.INTENTS + moods.INTENTS
FACTS = facts_nature.INTENTS + facts_measures.INTENTS + facts_people.INTENTS + facts_sets.INTENTS

Block = Callable[[random.Random], list[Turn]]


def intent_block(intents: Iterable[Intent], *, opening: bool = True) -> Block:
    """Return a block that asks for one of the intents."""
    choices = list(intents)
    shares = [sum(weights(intent.questions)) ** 0.5 for intent in choices]

    def block(rng: random.Random) -> list[Turn]:
        intent = rng.choices(choices, shares)[0]
        return [Turn(asked(rng, intent.questions, opening=opening), rng.choice(intent.answers))]

    return block


# The weights of the kinds of blocks; their sum does not matter.
WEIGHTED_BLOCKS: tuple[tuple[Block, float], ...] = (
    (definition_block, 34),
    (difference_block, 5),
    (intent_block(IDENTITY), 22),
    (intent_block(SERVER), 34),
    (intent_block(REMARKS, opening=False), 26),
    (intent_block(requests.INTENTS), 10),
    (intent_block(refusals.INTENTS), 3),
    (intent_block(FACTS), 14),
    (intent_block(markdown.INTENTS), 9),
    (markdown.capital_table_block, 3),
    (markdown.times_table_block, 1),
    (sum_block, 26),
    (number_block, 9),
    (too_large_block, 2),
    (counting_block, 9),
    (geography_block, 11),
    (opposite_block, 7),
    (colour_block, 5),
    (calendar_block, 9),
    (animal_block, 5),
    (translation_block, 4),
    (list_block, 11),
    (haiku_block, 4),
    (poem_block, 1),
    (story_block, 4),
    (repetition_block, 4),
    (unknown_block, 24),
)
BLOCKS = [block for block, _ in WEIGHTED_BLOCKS]
WEIGHTS = [weight for _, weight in WEIGHTED_BLOCKS]
# Only short answers in a style: long texts in capitals would take much training and add little.
MANNER_BLOCKS: tuple[tuple[Block, float], ...] = (
    (definition_block, 30),
    (intent_block(IDENTITY), 12),
    (intent_block(SERVER), 6),
    (intent_block(REMARKS, opening=False), 18),
    (intent_block(requests.INTENTS), 5),
    (intent_block(FACTS), 6),
    (sum_block, 14),
    (geography_block, 14),
    (opposite_block, 4),
    (colour_block, 4),
    (calendar_block, 5),
    (animal_block, 3),
    (unknown_block, 10),
)


def any_block(rng: random.Random) -> list[Turn]:
    """Return a block, drawn by weight."""
    return rng.choices(BLOCKS, WEIGHTS)[0](rng)


def manner_dialogue(rng: random.Random) -> Dialogue:
    """Return turns under a system prompt that requests an answer style."""
    manner = rng.choice(MANNERS)
    blocks = [block for block, _ in MANNER_BLOCKS]
    weights = [weight for _, weight in MANNER_BLOCKS]
    turns: list[Turn] = []
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        turns += rng.choices(blocks, weights)[0](rng)
    if rng.random() < 0.15:
        name = Told(NAME, NAME.value(rng))
        turns = [name.statement(rng), *turns, name.question(rng)]
    return Dialogue(manner_prompt(rng, manner), [with_manner(turn, manner) for turn in turns])


# Skills that need practice: many short turns of one kind in a row teach more than the same turns scattered.
EXERCISES: tuple[tuple[tuple[tuple[Block, float], ...], float], ...] = (
    (((sum_block, 1),), 42),
    (((sum_block, 3), (number_block, 2)), 8),
    (((counting_block, 1),), 12),
    (((list_block, 1),), 18),
    (((name_block, 1),), 16),
    (((geography_block, 2), (calendar_block, 1), (opposite_block, 1), (colour_block, 1)), 6),
    (((repetition_block, 1),), 3),
)


def exercise_dialogue(rng: random.Random) -> Dialogue:
    """Return six to ten turns of one kind."""
    blocks = rng.choices([sort for sort, _ in EXERCISES], [weight for _, weight in EXERCISES])[0]
    turns: list[Turn] = []
    while len(turns) < rng.randint(6, 10):
        turns += rng.choices([block for block, _ in blocks], [weight for _, weight in blocks])[0](rng)
    return Dialogue(ordinary_system(rng), turns)


def ordinary_system(rng: random.Random) -> str | None:
    """Return the server's own system prompt, another one without effect, or none."""
    kind = rng.random()
    if kind < 0.62:
        return DEFAULT
    if kind < 0.86:
        return choose(rng, NEUTRAL)
    return None


def ordinary_turns(rng: random.Random, *, first: bool = True) -> list[Turn]:
    """Return turns about anything. `first`: no turns precede them."""
    if rng.random() < 0.36:
        return memory_turns(rng, any_block, first=first)
    turns: list[Turn] = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 3, 4, 5))):
        turns += any_block(rng)
    if first and rng.random() < 0.04:
        turns.append(Told(NAME, "").question_too_early(rng))
    return turns


def random_dialogue(rng: random.Random) -> Dialogue:
    """Return a conversation of the corpus.

    A system prompt that gives the assistant a name is rare: more of them made the prototype forget who it is.
    """
    kind = rng.random()
    if kind < 0.16:
        return exercise_dialogue(rng)
    if kind < 0.3:
        return manner_dialogue(rng)
    if kind < 0.31:
        system, turn = named_prompt(rng)
        return Dialogue(system, [turn, *ordinary_turns(rng)[:2]])
    turns = ordinary_turns(rng)
    length = rng.random()
    if length < 0.08:
        for _ in range(2 if length < 0.06 else 6):
            turns += ordinary_turns(rng, first=False)
    if len(turns) > 1 and rng.random() < 0.06:
        turns.append(looking_back(rng, turns))
    return Dialogue(ordinary_system(rng), turns)
