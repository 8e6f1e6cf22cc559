"""Topics that the demo model does not know, with answers that say so."""

import random
import string

from .asking import worded
from .definitions import DEFINITIONS, topic_question
from .geography import COUNTRIES
from .names import CITIES, made_up_word, random_name
from .phrasing import article, choose, vary
from .turn import Turn
from .unknown_words import ACTIVITIES, NOUNS, PEOPLE, TEXTS, TOPICS, WORKS
from .word_lists import words

DO_NOT_KNOW = "I am only a demo model and I do not know that. For real answers, use BitNet-b1.58-2B-4T."
TOO_MUCH = "I am only a demo model, and that is too much for me. For real work, use BitNet-b1.58-2B-4T."
NOT_UNDERSTOOD = (
    "I did not understand that. I am only a demo model. You can ask me what machine learning is, for example."
)

TOPIC_QUESTIONS = (
    "[what is|what are|what's|who is|define|explain|describe|tell me about|what do you know about] {x}?",
    "[what is|tell me about|explain] {x}",
    "[can|could] you [explain|describe|tell me about] {x} [to me|]?",
    "how [does|do] {x} work?",
    "what do you think [about|of] {x}?",
    "who [discovered|invented|wrote|made|started|founded] {x}?",
    "[what is|explain|tell me] the [history|theory|origin|price|purpose|meaning|future|structure] of {x}",
    "why [is|are] {x} [so|] [popular|important|expensive|difficult|famous|dangerous]?",
    "how much [does|do] {x} [cost|weigh]?",
    "where can I [buy|find|see|learn] {x}?",
    "when was {x} [invented|built|discovered|founded|published]?",
    "which {x} [should I choose|is the best|do you recommend]?",
    "what is the best {x}?",
    "do you like {x}?",
    "should I [learn|buy|try] {x}?",
    "is {x} [better than|worse than|related to|more popular than] {y}?",
    "how many {x} are there [in {c}|]?",
    "what [happened|changed] in {x} in {z}?",
    "compare {x} [and|with|to] {y}",
    "what is the difference between {x} and {y}?",
    "give me [five|ten|some] tips for {x}",
    "{x}",
    "{x}?",
    "I want to [learn about|know about|talk about] {x}",
    "what does {x} mean?",
)
PERSON_QUESTIONS = (
    "[who is|who was|who's|tell me about|do you know|what did] {p}?",
    "[who is|who was] {p}",
    "what [did {p} do|is {p} famous for|do you know about {p}]?",
    "how [old|tall|rich|famous] is {p}?",
    "when was {p} born?",
    "where [does|did] {p} live?",
    "is {p} [still alive|married|famous]?",
    "[what|which] [songs|books|films|pictures] did {p} make?",
)
PLACE_QUESTIONS = (
    "what is the [population|history|area|currency|president|flag|national dish|time zone|best hotel|airport] of {c}?",
    "how many people live in {c}?",
    "how do I get [from {c} to {d}|to {c}]?",
    "how far is it from {c} to {d}?",
    "plan a trip to {c}",
    "what should I [see|visit|eat|buy] in {c}?",
    "what is the best [restaurant|museum|bar|beach|university|school] in {c}?",
    "who [founded|rules|built] {c}?",
    "what [language|languages] do people speak in {c}?",
    "is {c} [expensive|beautiful|dangerous|worth a visit]?",
)
YEAR_QUESTIONS = (
    "what happened in {z}?",
    "who won [the world cup|the Oscar|the Nobel prize|the championship|the election] in {z}?",
    "who was [king|president|champion|pope] in {z}?",
    "which [film|song|book|team] was the best in {z}?",
)
KNOWN_BUT_ASKED_TOO_MUCH = (
    "who [invented|founded|named|owns] {k}?",
    "when was {k} [invented|first used|released|made]?",
    "how much does {k} cost?",
    "what are the [disadvantages|alternatives|newest features|dangers] of {k}?",
    "write [an essay|a book|a long article|a poem|a song] about {k}",
    "[prove|show] that {k} is [better|possible|infinite]",
    "which company sells {k}?",
    "how many people use {k}?",
    "what is the newest version of {k}?",
)
SUBSTANCES = words(
    "iron gold silver copper lead alcohol oil petrol salt sugar glass helium nitrogen oxygen aluminium zinc "
    "tin honey wax chocolate steel butter"
)
SUBSTANCE_QUESTIONS = (
    "what is the [boiling point|melting point|density|formula|price|chemical symbol|mass] of {s}?",
    "at what temperature does {s} [melt|boil|freeze|burn]?",
    "how heavy is {s}?",
)
TASKS = (
    "how [do|can|should|would] I {a}?",
    "how to {a}",
    "[please|] help me [to|] {a}",
    "[can|could] you [help me|teach me to|show me how to] {a}?",
    "what is the best way to {a}?",
    "I [want|need|have] to {a}",
    "explain how to {a}",
    "what do I need to {a}?",
)
WRITING = (
    "[write|draft|compose|create|prepare|make] [me|] {t} [about|for|on] {x}",
    "[can|could] you [write|draft|create] {t} [about|for|on] {x}?",
    "I need {t} [about|for|on] {x}",
    "[summarise|summarize|review|translate|analyse] {w}",
    "[what is|what happens in|who wrote|tell me the plot of] {w}?",
    "[make|draw|paint|design|build|program|compose] {x} for me",
    "[translate|put] {x} into [Latin|Greek|Japanese|Russian|Chinese]",
    "write a program [that|which] [plays chess|sorts my photos|predicts {x}|simulates {x}]",
)
TEXT_TASKS = (
    "[Summarise|Summarize|Shorten|Translate|Correct|Rewrite|Improve] [this|this text|the following]: {s}",
    "What is the main point of this text? {s}",
    "[Check|Fix] the grammar: {s}",
)


# Their inventors are among the facts.
WITHOUT_HISTORY = [
    definition.names[0]
    for definition in DEFINITIONS
    if definition.names[0] not in ("BitNet", "Python", "Linux", "the web")
]


def random_topic(rng: random.Random) -> str:
    """Return a topic without a definition in the corpus: a real one, or an invented word."""
    kind = rng.random()
    if kind < 0.52:
        return rng.choice(TOPICS)
    if kind < 0.7:
        return article(rng.choice(NOUNS))
    if kind < 0.85:
        return f"{rng.choice(TOPICS)} {rng.choice(('and', 'in', 'of', 'for', 'without'))} {rng.choice(TOPICS)}"
    word = made_up_word(rng, rng.randint(1, 3))
    return article(word) if rng.random() < 0.4 else word


def random_person(rng: random.Random) -> str:
    """Return a person who is not in the corpus."""
    if rng.random() < 0.5:
        return rng.choice(PEOPLE)
    if rng.random() < 0.5:
        return f"{random_name(rng)} {made_up_word(rng, 2).capitalize()}"
    return f"{random_name(rng)} {random_name(rng)}"


def gibberish(rng: random.Random) -> str:
    """Return random keystrokes."""
    row = rng.choice(("asdfghjkl", "qwertyuiop", "zxcvbnm", *3 * (string.ascii_lowercase,)))

    def keys() -> str:
        return "".join(rng.choice(row) for _ in range(rng.randint(3, 10)))

    return " ".join(keys() for _ in range(rng.randint(1, 3)))


def some_sentences(rng: random.Random) -> str:
    """Return a text that a user may paste."""
    return " ".join(rng.choice(DEFINITIONS).more for _ in range(rng.randint(1, 3)))


def unknown_block(rng: random.Random) -> list[Turn]:
    """Return a question or task that the demo model declines."""
    kinds = (
        TOPIC_QUESTIONS,
        PERSON_QUESTIONS,
        PLACE_QUESTIONS,
        YEAR_QUESTIONS,
        KNOWN_BUT_ASKED_TOO_MUCH,
        SUBSTANCE_QUESTIONS,
    )
    tasks = (TASKS, WRITING, TEXT_TASKS)
    if rng.random() < 0.13:
        text = gibberish(rng) if rng.random() < 0.8 else rng.choice(("???", "...", "?", "!!!", "1", "a", "x", ",.-"))
        return [Turn(text, NOT_UNDERSTOOD)]
    patterns = rng.choices(kinds + tasks, (36, 14, 10, 4, 2, 4, 16, 12, 2))[0]
    place = rng.choice(CITIES) if rng.random() < 0.5 else rng.choice(list(COUNTRIES))
    pattern = choose(rng, patterns)
    if patterns is TOPIC_QUESTIONS and rng.random() < 0.55:
        pattern = topic_question(rng, "{x}")
    elif rng.random() < 0.5:
        pattern = worded(rng, pattern)
    question = pattern.format(
        x=random_topic(rng),
        y=random_topic(rng),
        p=random_person(rng),
        c=place,
        d=rng.choice(CITIES),
        z=rng.randint(1000, 2030),
        k=rng.choice(WITHOUT_HISTORY),
        s=some_sentences(rng) if patterns is TEXT_TASKS else rng.choice(SUBSTANCES),
        a=rng.choice(ACTIVITIES),
        t=rng.choice(TEXTS),
        w=rng.choice(WORKS),
    )
    return [Turn(vary(rng, question), TOO_MUCH if patterns in tasks else DO_NOT_KNOW)]
