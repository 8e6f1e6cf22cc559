"""Lists of things of one kind, with the requested number of items."""

import random

from .arithmetic import NUMBER_WORDS
from .phrasing import and_list, choose, first_upper, vary
from .reframing import sometimes_reframed
from .turn import Turn
from .word_lists import words

KINDS = {
    "fruits": "apple banana orange pear grape cherry lemon",
    "vegetables": "carrot tomato potato cucumber onion spinach pea",
    "animals": "dog cat horse cow lion elephant rabbit",
    "colours": "red blue green yellow orange purple black",
    "planets": "Mercury Venus Earth Mars Jupiter Saturn Neptune",
    "programming languages": "Python JavaScript C Rust Java Go Ruby",
    "countries": "France Germany Japan Brazil Egypt Canada India",
    "cities": "Paris London Tokyo Rome Berlin Madrid Cairo",
    "birds": "eagle owl robin sparrow parrot penguin swan",
    "flowers": "rose tulip daisy lily sunflower violet orchid",
    "sports": "football tennis swimming running basketball cycling rowing",
    "musical instruments": "piano guitar violin drums flute trumpet harp",
    "web frameworks": "Django Flask FastAPI Express Rails Laravel Spring",
    "operating systems": "Linux Windows macOS Android iOS FreeBSD Solaris",
    "databases": "PostgreSQL SQLite MySQL Redis MongoDB MariaDB Oracle",
    "drinks": "water tea coffee milk juice lemonade cocoa",
    "languages": "English Spanish French German Italian Chinese Arabic",
    "trees": "oak pine birch maple beech willow fir",
}
COUNTED = (
    "[name|list|give me|tell me|write down|show me|say|mention] {n} {c}",
    "[can|could] you [name|list|give me|tell me] {n} {c}?",
    "[I need|I want|I would like] {n} {c}",
    "[give me|write|make|show me] a list of {n} {c}",
    "[what are|which are] {n} {c} [that you know|]?",
    "{n} {c}",
    "{n} examples of {c}",
    "do you know {n} {c}?",
    "[which|what] {n} {c} [do you know|can you name|can you think of|would you name|are there|occur to you]?",
    "[any|only|exactly|just] {n} {c} [please|]",
    "{n} {c} [please|, please|for me|now]",
    "[think of|find|pick|choose|recommend] {n} {c}",
    "[tell|name|give|show] me [any|just|exactly|only|] {n} {c} [please|]",
    "I am looking for {n} {c}",
)
UNCOUNTED = (
    "[name|list|give me|tell me|show me|write down] [some|a few|several] {c}",
    "[what|which] {c} do you know?",
    "[give me|what are] [some|] examples of {c}",
    "do you know [any|some] {c}?",
    "[give me|write|make] a list of {c}",
    "list {c}",
    "what are [common|popular|some|well known] {c}?",
)
AS_BULLETS = (
    "[as|in] a [list|bulleted list|bullet list|Markdown list]",
    "as bullet points",
    "with bullets",
    "in bullet form",
    "one per line",
)
AS_NUMBERS = ("as a numbered list", "in a numbered list", "with numbers", "numbered")
NUMBERED = (
    "[make|write|give me|show me|I need|I want|create] [a|one] [numbered|ordered] list [of|with|for] {n} {c}",
    "[can|could|would] you [make|write|give me|show me|create] a numbered list [of|with] {n} {c}?",
    "[make|write|give me|show me] a numbered list of {n} {c}",
    "number {n} {c}",
)
BULLETED = (
    (
        "[make|write|give me|show me|I need|I want|create] [a|one] [bulleted|bullet|bullet point] list [of|with|"
        "for] {n} {c}"
    ),
    "[can|could|would] you [make|write|show me|create] a [bullet|bulleted] list [of|with] {n} {c}?",
    "[make|write|give me|show me] a [bulleted|bullet|Markdown] list of {n} {c}",
    "{n} {c} as bullets",
)


def singular(kind: str) -> str:
    """Return the singular: `fruits` → `fruit`."""
    if kind.endswith("ies"):
        return kind[:-3] + "y"
    return kind[:-1]


def in_a_sentence(items: list[str]) -> str:
    """Return a sentence: `Apple, banana and orange.`"""
    return first_upper(and_list(items)) + "."


def bulleted(items: list[str]) -> str:
    """Return a Markdown list."""
    return "\n".join(f"- {item}" for item in items)


def numbered(items: list[str]) -> str:
    """Return a numbered Markdown list."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def list_block(rng: random.Random) -> list[Turn]:
    """Return a list; three items if no number is requested."""
    kind = rng.choice(list(KINDS))
    members = words(KINDS[kind])
    named = rng.choice(("colours", "colors")) if kind == "colours" else kind
    layout = rng.choices((in_a_sentence, bulleted, numbered), (50, 30, 20))[0]
    counted = rng.random() < 0.8
    count = rng.randint(1, 7) if counted else 3
    number = str(count) if rng.random() < 0.5 else NUMBER_WORDS[count]
    named = singular(named) if count == 1 else named
    if layout is not in_a_sentence and counted and rng.random() < 0.35:
        question = choose(rng, BULLETED if layout is bulleted else NUMBERED).format(n=number, c=named)
    else:
        question = choose(rng, COUNTED if counted else UNCOUNTED).format(n=number, c=named)
        if layout is bulleted:
            question = f"{question.rstrip('?')} {choose(rng, AS_BULLETS)}"
        elif layout is numbered:
            question = f"{question.rstrip('?')} {choose(rng, AS_NUMBERS)}"
    question = sometimes_reframed(rng, question)
    answer = layout(members[:count])
    return [Turn(vary(rng, question), answer, brief=answer)]
