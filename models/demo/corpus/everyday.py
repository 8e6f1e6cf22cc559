"""Opposites, colours, days and months, animals."""

import random

from .phrasing import article, choose, first_upper, pick, vary
from .reframing import sometimes_reframed
from .turn import Turn
from .word_lists import words

OPPOSITES = [
    pair.split(":")
    for pair in words(
        "hot:cold big:small good:bad happy:sad fast:slow high:low up:down left:right day:night black:white "
        "light:dark young:old new:old rich:poor strong:weak hard:soft long:short tall:short wet:dry full:empty "
        "open:closed early:late easy:difficult clean:dirty loud:quiet near:far thick:thin heavy:light true:false "
        "yes:no love:hate win:lose start:stop begin:end buy:sell give:take push:pull inside:outside above:below "
        "before:after always:never first:last front:back north:south east:west war:peace life:death friend:enemy "
        "sweet:sour cheap:expensive deep:shallow wide:narrow brave:afraid kind:mean safe:dangerous smart:stupid "
        "summer:winter top:bottom on:off in:out cold:hot small:big bad:good sad:happy slow:fast low:high night:day "
        "dark:light weak:strong poor:rich dry:wet empty:full late:early dirty:clean quiet:loud far:near false:true "
        "right:left short:long down:up white:black old:new closed:open stop:start sell:buy last:first south:north "
        "never:always"
    )
]
COLOURS = {
    "the sky": "blue",
    "grass": "green",
    "a banana": "yellow",
    "the sun": "yellow",
    "snow": "white",
    "milk": "white",
    "blood": "red",
    "a tomato": "red",
    "a strawberry": "red",
    "a lemon": "yellow",
    "coal": "black",
    "the night": "black",
    "an orange": "orange",
    "a carrot": "orange",
    "chocolate": "brown",
    "a tree trunk": "brown",
    "a leaf": "green",
    "the sea": "blue",
    "a flamingo": "pink",
    "an elephant": "grey",
    "a cucumber": "green",
    "a polar bear": "white",
    "a fire truck": "red",
    "a frog": "green",
    "a crow": "black",
    "gold": "yellow",
    "an apple": "red or green",
    "a cloud": "white",
    "a plum": "purple",
    "lavender": "purple",
}
MIXTURES = (
    ("red", "yellow", "orange"),
    ("blue", "yellow", "green"),
    ("red", "blue", "purple"),
    ("red", "white", "pink"),
    ("black", "white", "grey"),
)
DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = words("January February March April May June July August September October November December")
MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
SEASONS = (2 * ["winter"]) + (3 * ["spring"]) + (3 * ["summer"]) + (3 * ["autumn"]) + ["winter"]
ORDINALS = words("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
SOUNDS = {
    "dog": ("barks", "woof"),
    "cat": ("meows", "meow"),
    "cow": ("moos", "moo"),
    "sheep": ("bleats", "baa"),
    "duck": ("quacks", "quack"),
    "pig": ("oinks", "oink"),
    "horse": ("neighs", "neigh"),
    "lion": ("roars", "roar"),
    "bird": ("sings", "tweet"),
    "frog": ("croaks", "ribbit"),
    "bee": ("buzzes", "buzz"),
    "rooster": ("crows", "cock-a-doodle-doo"),
    "mouse": ("squeaks", "squeak"),
    "wolf": ("howls", "howl"),
    "snake": ("hisses", "hiss"),
    "owl": ("hoots", "hoo"),
}
LEGS = {"spider": 8, "octopus": 0, "snake": 0, "fish": 0}
LEGS |= dict.fromkeys(("dog", "cat", "horse", "cow", "elephant", "frog", "lion", "sheep"), 4)
LEGS |= dict.fromkeys(("ant", "bee", "butterfly", "fly"), 6)
LEGS |= dict.fromkeys(("bird", "chicken", "human", "duck"), 2)
YOUNG = dict(
    pair.split(":")
    for pair in words(
        "dog:puppy cat:kitten cow:calf horse:foal sheep:lamb duck:duckling lion:cub bear:cub frog:tadpole "
        "chicken:chick pig:piglet kangaroo:joey goat:kid"
    )
)
OPPOSITE_QUESTIONS = (
    "[what is|what's|tell me|give me|say|name] the [opposite|antonym|contrary] of {a}?",
    "opposite of {a}",
    "the opposite of {a} is?",
    "[which|what] word is the opposite of {a}?",
    "[what|which] is the opposite word [for|of|to] {a}?",
    "what is not {a}, but the opposite?",
    "if something is not {a}, what is it?",
    "do you know the opposite of {a}?",
    "{a} and its opposite?",
)
AND_QUESTIONS = ("[and|what about|how about|and of|and the opposite of] {a}?",)
COLOUR_QUESTIONS = (
    "[what|which] [colour|color] is {a}?",
    "[which|what] [colour|color] does {a} have?",
    "[what is|tell me|what's] the [colour|color] of {a}?",
    "{a} has [which|what] [colour|color]?",
    "do you know the [colour|color] of {a}?",
    "in [which|what] [colour|color] should I paint {a}?",
)
MIXTURE_QUESTIONS = (
    "what do [you|I|we] get [when|if] [you|I|we] mix {a} and {b}?",
    "mix {a} and {b}",
    "[what|which] [colour|color] do {a} and {b} [make|give]?",
    "what is {a} [plus|and|mixed with] {b}?",
    "[what|which] [colour|color] do I get from {a} and {b}?",
    "{a} and {b} make [which|what] [colour|color]?",
)
AFTER_QUESTIONS = (
    "[what|which] {unit} [comes after|follows|is after|comes next after] {d}?",
    "what [comes|is] after {d}?",
    "what is the {unit} after {d}?",
    "[what is|name] the next {unit} after {d}?",
)
BEFORE_QUESTIONS = (
    "[what|which] {unit} [comes before|is before|precedes] {d}?",
    "what [comes|is] before {d}?",
    "what is the {unit} before {d}?",
)
DAY_AFTER = (
    "if today is {d}, [what day is|what is] tomorrow?",
    "today is {d}. What day is tomorrow?",
    "it is {d}, what is tomorrow?",
)
DAY_BEFORE = ("if today is {d}, what [day|] was yesterday?", "today is {d}. What day was yesterday?")
LENGTH_QUESTIONS = (
    "how many days [does {d} have|are in {d}|has {d}|are there in {d}]?",
    "how long is {d}?",
    "number of days in {d}",
)
SEASON_QUESTIONS = (
    "[which|what] season is {d} in?",
    "in [which|what] season is {d}?",
    "what season is [it in|] {d}?",
    "is {d} in [summer|winter|spring|autumn]?",
)
SOUND_QUESTIONS = (
    "[what|which] [sound|noise] does {a} make?",
    "what does {a} say?",
    "how does {a} sound?",
    "how [do|does] {a} go?",
    "make the [sound|noise] of {a}",
)
LEG_QUESTIONS = (
    "how many legs does {a} have?",
    "how many legs has {a}?",
    "number of legs of {a}",
    "how many legs are on {a}?",
)
YOUNG_QUESTIONS = (
    "[what is|how is|how do you call] a [baby|young] {a} [called|]?",
    "what do [you|people|we] call a [baby|young] {a}?",
    "what is the [name|word] [of|for] a [young|baby] {a}?",
)


def opposite_block(rng: random.Random) -> list[Turn]:
    """Return a question about an opposite, sometimes about two."""
    turns = []
    for patterns in (OPPOSITE_QUESTIONS, AND_QUESTIONS)[: 1 + (rng.random() < 0.3)]:
        word, opposite = rng.choice(OPPOSITES)
        question = vary(
            rng, sometimes_reframed(rng, choose(rng, patterns).format(a=word)), opening=patterns is OPPOSITE_QUESTIONS
        )
        turns.append(Turn(question, f"The opposite of {word} is {opposite}.", brief=f"{first_upper(opposite)}."))
    return turns


def colour_block(rng: random.Random) -> list[Turn]:
    """Return a question about the colour of a thing or of a mixture."""
    if rng.random() < 0.3:
        a, b, mixed = rng.choice(MIXTURES)
        if rng.random() < 0.5:
            a, b = b, a
        question = vary(rng, sometimes_reframed(rng, choose(rng, MIXTURE_QUESTIONS).format(a=a, b=b)))
        return [Turn(question, f"{first_upper(a)} and {b} make {mixed}.", brief=f"{first_upper(mixed)}.")]
    thing = rng.choice(list(COLOURS))
    question = vary(rng, sometimes_reframed(rng, choose(rng, COLOUR_QUESTIONS).format(a=thing)))
    return [Turn(question, f"{first_upper(thing)} is {COLOURS[thing]}.", brief=f"{first_upper(COLOURS[thing])}.")]


def neighbour(rng: random.Random, unit: str, cycle: list[str]) -> Turn:
    """Return a question about the day or month before or after another."""
    index = rng.randrange(len(cycle))
    after = rng.random() < 0.55
    patterns = AFTER_QUESTIONS if after else BEFORE_QUESTIONS
    if unit == "day" and rng.random() < 0.2:
        patterns = DAY_AFTER if after else DAY_BEFORE
    question = choose(rng, patterns).format(unit=unit, d=cycle[index])
    other = cycle[(index + (1 if after else -1)) % len(cycle)]
    return Turn(
        vary(rng, question), f"{'After' if after else 'Before'} {cycle[index]} comes {other}.", brief=f"{other}."
    )


def calendar_block(rng: random.Random) -> list[Turn]:
    """Return a question about days, months, their lengths and seasons."""
    kind = rng.randrange(6)
    if kind <= 1:
        return [neighbour(rng, "day", DAYS)]
    if kind == 2:
        return [neighbour(rng, "month", MONTHS)]
    index = rng.randrange(12)
    month = MONTHS[index]
    if kind == 3:
        answer = f"{month} has {MONTH_LENGTHS[index]} days."
        if month == "February":
            answer = "February has 28 days, or 29 in a leap year."
        return [
            Turn(
                vary(rng, sometimes_reframed(rng, choose(rng, LENGTH_QUESTIONS).format(d=month))),
                answer,
                brief=f"{MONTH_LENGTHS[index]}.",
            )
        ]
    if kind == 4:
        question = vary(rng, sometimes_reframed(rng, choose(rng, SEASON_QUESTIONS).format(d=month)))
        return [Turn(question, f"{month} is in {SEASONS[index]}.", brief=f"{first_upper(SEASONS[index])}.")]
    unit, cycle, whole = rng.choice((("day", DAYS, "week"), ("month", MONTHS, "year")))
    index = rng.randrange(len(cycle))
    question = pick(rng, "[what|which] is the {n} {unit} of the {whole}?").format(
        n=ORDINALS[index], unit=unit, whole=whole
    )
    answer = f"The {ORDINALS[index]} {unit} of the {whole} is {cycle[index]}."
    return [Turn(vary(rng, question), answer, brief=f"{cycle[index]}.")]


def animal_block(rng: random.Random) -> list[Turn]:
    """Return a question about the sound, the legs or the young of an animal."""
    kind = rng.randrange(3)
    if kind == 0:
        animal = rng.choice(list(SOUNDS))
        verb, sound = SOUNDS[animal]
        name = article(animal)
        question = sometimes_reframed(
            rng, choose(rng, SOUND_QUESTIONS).format(a=name if rng.random() < 0.8 else f"the {animal}")
        )
        return [Turn(vary(rng, question), f"{first_upper(name)} {verb}: {sound}!", brief=f"{first_upper(sound)}!")]
    if kind == 1:
        animal = rng.choice(list(LEGS))
        name = article(animal)
        question = sometimes_reframed(rng, choose(rng, LEG_QUESTIONS).format(a=name))
        count = str(LEGS[animal]) if LEGS[animal] else "no"
        return [Turn(vary(rng, question), f"{first_upper(name)} has {count} legs.", brief=f"{LEGS[animal]}.")]
    animal = rng.choice(list(YOUNG))
    question = sometimes_reframed(rng, choose(rng, YOUNG_QUESTIONS).format(a=animal))
    return [
        Turn(
            vary(rng, question), f"A baby {animal} is called a {YOUNG[animal]}.", brief=f"{first_upper(YOUNG[animal])}."
        )
    ]
