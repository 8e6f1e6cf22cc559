"""Things that users tell about themselves and ask for later."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from . import names
from .phrasing import article, choose, first_upper, vary
from .turn import Turn


@dataclass(frozen=True)
class Fact:
    """One kind of thing to remember: how it is told and asked for, and what is answered, with `{v}` for its value."""

    value: Callable[[random.Random], str]
    statements: tuple[str, ...]
    acknowledgement: str
    questions: tuple[str, ...]
    answer: str
    not_told: str


NAME = Fact(
    value=names.random_name,
    statements=(
        "[hi, |hello, |hey, |] my name is {v}",
        "[hi, |hello, |hey, |] [I am|I'm|this is|it's] {v}",
        "[hi|hello|hey]! [I'm|I am|my name is] {v}",
        "[please|] call me {v}",
        "you [can|may] call me {v}",
        "[my name's|the name is|the name's] {v}",
        "I am called {v}",
        "[people|my friends] call me {v}",
        "{v} is my name",
        "{v} here",
        "my name is {v}, [nice to meet you|what can you do for me|please remember it|and yours]",
        "nice to meet you, I am {v}",
        "let me introduce myself: I am {v}",
    ),
    acknowledgement="Nice to meet you, {v}! How can I help you?",
    questions=(
        "[what is|what's|whats] my name?",
        "[do|can] you [know|remember|recall] [my name|what my name is|who I am|what I am called]?",
        "[who|and who] am I?",
        "[tell me|say|repeat] my name",
        "can you [say|tell me|repeat] my name?",
        "what am I called?",
        "what did I [say|tell you] my name was?",
        "[how|what] do [people|you] call me?",
        "[what|which] name did I [tell|give] you?",
        "[so|now|and] what [is|was] my name [again|]?",
        "have you [forgotten|remembered] my name?",
        "how am I called?",
    ),
    answer="Your name is {v}.",
    not_told="You have not told me your name yet.",
)
OTHER_FACTS = (
    Fact(
        value=lambda rng: rng.choice(names.COLOURS),
        statements=(
            "my [favourite|favorite] [colour|color] is {v}",
            "I [like|love] the [colour|color] {v} [best|most|]",
            "{v} is my [favourite|favorite] [colour|color]",
            "I love {v}, it is my favourite colour",
        ),
        acknowledgement="{V} is a beautiful colour!",
        questions=(
            "[what is|what's] my [favourite|favorite] [colour|color]?",
            "[which|what] [colour|color] do I like [best|most|]?",
            "do you [remember|know] my [favourite|favorite] [colour|color]?",
            "what did I say my favourite colour was?",
        ),
        answer="Your favourite colour is {v}.",
        not_told="You have not told me your favourite colour yet.",
    ),
    Fact(
        value=names.random_place,
        statements=(
            "I [live in|am from|come from|'m from|live near] {v}",
            "my [city|home|home town] is {v}",
            "I moved to {v} [last year|]",
            "I am writing from {v}",
        ),
        acknowledgement="{v} sounds like a nice place!",
        questions=(
            "where do I [live|come from]?",
            "where am I from?",
            "[which|what] [city|town|place] [do I live in|am I from]?",
            "do you [remember|know] where I live?",
            "what is my [city|home town]?",
            "where is my home?",
        ),
        answer="You live in {v}.",
        not_told="You have not told me where you live yet.",
    ),
    Fact(
        value=lambda rng: rng.choice(names.FOODS),
        statements=(
            "my [favourite|favorite] food is {v}",
            "I [love|really like|like to eat|love to eat] {v}",
            "{v} is my favourite food",
        ),
        acknowledgement="{V} sounds delicious!",
        questions=(
            "[what is|what's] my [favourite|favorite] food?",
            "what do I [like|love] to eat?",
            "[which|what] food do I like?",
            "do you [remember|know] my favourite food?",
        ),
        answer="Your favourite food is {v}.",
        not_told="You have not told me your favourite food yet.",
    ),
    Fact(
        value=lambda rng: str(rng.randint(5, 99)),
        statements=(
            "[I am|I'm] {v} years old",
            "my age is {v}",
            "[I am|I'm] {v}",
            "I [just turned|turned] {v} [last week|]",
            "I will be {v} [soon|]",
        ),
        acknowledgement="{v} is a fine age!",
        questions=(
            "how old am I?",
            "[what is|what's] my age?",
            "do you [know|remember] [my age|how old I am]?",
            "what age did I tell you?",
        ),
        answer="You are {v} years old.",
        not_told="You have not told me your age yet.",
    ),
    Fact(
        value=lambda rng: article(rng.choice(names.JOBS)),
        statements=("[I am|I'm] {v}", "I work as {v}", "my job is to be {v}", "I earn my money as {v}"),
        acknowledgement="Being {v} must be interesting!",
        questions=(
            "[what is|what's] my [job|profession]?",
            "what do I do for a living?",
            "do you [remember|know] my job?",
            "what do I work as?",
        ),
        answer="You are {v}.",
        not_told="You have not told me your job yet.",
    ),
    Fact(
        value=lambda rng: rng.choice(names.HOBBIES),
        statements=(
            "my hobby is {v}",
            "I [like|enjoy] {v}",
            "I love {v} in my free time",
            "in my free time I enjoy {v}",
        ),
        acknowledgement="{V} is a great hobby!",
        questions=(
            "[what is|what's] my hobby?",
            "what do I [like to do|enjoy]?",
            "do you [remember|know] my hobby?",
            "what do I do in my free time?",
        ),
        answer="Your hobby is {v}.",
        not_told="You have not told me your hobby yet.",
    ),
    Fact(
        value=lambda rng: str(rng.randint(1, 9999 if rng.random() < 0.3 else 99)),
        statements=(
            "[please|] remember the number {v}",
            "my lucky number is {v}",
            "please remember {v}",
            "the [secret|magic|] number is {v}",
            "keep the number {v} in mind",
        ),
        acknowledgement="All right, I will remember {v}.",
        questions=(
            "what [is|was] [the|my|my lucky|the secret|the magic] number?",
            "[which|what] number did I [tell you|say|ask you to remember]?",
            "do you [remember|know] the number?",
        ),
        answer="The number is {v}.",
        not_told="You have not told me a number yet.",
    ),
    Fact(
        value=lambda rng: names.made_up_word(rng, rng.choice((1, 2, 3))),
        statements=(
            "[please|] remember the word {v}",
            "the [secret|magic|code] word is {v}",
            "my [code word|password|secret word] is {v}",
            "keep the word {v} in mind",
        ),
        acknowledgement="All right, I will remember {v}.",
        questions=(
            "what [is|was] the [secret|magic|code|] word?",
            "[which|what] word did I [tell you|say|ask you to remember]?",
            "do you [remember|know] the [secret|] word?",
        ),
        answer="The word is {v}.",
        not_told="You have not told me a word yet.",
    ),
)


def pet_fact(rng: random.Random) -> Fact:
    """A pet has a kind and a name; the kind is drawn here, so that it stands in all of the texts."""
    animal = rng.choice(names.PETS)
    return Fact(
        value=names.random_name,
        statements=(
            f"I have {article(animal)} [called|named] {{v}}",
            f"my {animal} is called {{v}}",
            f"my {animal}'s name is {{v}}",
            f"my {animal} {{v}} is [cute|funny|old]",
        ),
        acknowledgement=f"{{v}} must be a lovely {animal}!",
        questions=(
            f"what is my [pet|{animal}] called?",
            f"what is the name of my [pet|{animal}]?",
            f"[what's|what is] my [pet|{animal}]'s name?",
            f"do you [remember|know] [my pet|the name of my {animal}]?",
        ),
        answer=f"Your {animal} is called {{v}}.",
        not_told="You have not told me about your pet yet.",
    )


def filled(text: str, value: str) -> str:
    """The text with the value in its place."""
    return text.replace("{V}", first_upper(value)).replace("{v}", value)


@dataclass(frozen=True)
class Told:
    """A fact with the value that the user gives it."""

    fact: Fact
    value: str

    def statement(self, rng: random.Random) -> Turn:
        """The user tells it."""
        text = vary(rng, filled(choose(rng, self.fact.statements), self.value), opening=False, exact=True)
        return Turn(text, filled(self.fact.acknowledgement, self.value))

    def question(self, rng: random.Random) -> Turn:
        """The user asks for it after telling."""
        text = vary(rng, choose(rng, self.fact.questions))
        return Turn(text, filled(self.fact.answer, self.value))

    def question_too_early(self, rng: random.Random) -> Turn:
        """The user asks for it without having told."""
        return Turn(vary(rng, choose(rng, self.fact.questions)), self.fact.not_told)

    def statement_and_question(self, rng: random.Random) -> Turn:
        """The user tells and asks in one message."""
        told = first_upper(filled(choose(rng, self.fact.statements), self.value)).rstrip(".!?")
        asked = first_upper(choose(rng, self.fact.questions))
        return Turn(f"{told}. {asked}", filled(self.fact.answer, self.value))


def written_value(rng: random.Random, fact: Fact) -> str:
    """A value as the user writes it, sometimes without capital letters; the answer copies it as it was written."""
    value = fact.value(rng)
    return value.lower() if rng.random() < 0.12 else value


def random_facts(rng: random.Random) -> list[Told]:
    """One to three facts, a name mostly among them."""
    chosen = [NAME] if rng.random() < 0.7 else []
    others = [*OTHER_FACTS, pet_fact(rng)]
    chosen += rng.sample(others, rng.choice((0, 0, 1, 1, 2)) if chosen else rng.choice((1, 1, 2)))
    rng.shuffle(chosen)
    return [Told(fact, written_value(rng, fact)) for fact in chosen]


def memory_turns(
    rng: random.Random, between: Callable[[random.Random], list[Turn]], *, first: bool = True
) -> list[Turn]:
    """Facts told, other turns between, and the questions for them.

    Only the `first` turns of a conversation may ask for what was not told yet: later ones do not know what was.
    """
    turns: list[Turn] = []
    told: list[Told] = []
    for item in random_facts(rng):
        if first and rng.random() < 0.12:
            turns.append(item.question_too_early(rng))
        if rng.random() < 0.1:
            turns.append(item.statement_and_question(rng))
        else:
            turns.append(item.statement(rng))
        told.append(item)
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
            turns += between(rng)
        if rng.random() < 0.5:
            turns.append(item.question(rng))
    if rng.random() < 0.12:
        again = next((item for item in told if item.fact is NAME), told[0])
        corrected = Told(again.fact, again.fact.value(rng))
        told[told.index(again)] = corrected
        turns.append(corrected.statement(rng))
    rng.shuffle(told)
    turns += [item.question(rng) for item in told if rng.random() < 0.8]
    if first and rng.random() < 0.15:
        untold = [fact for fact in (NAME, *OTHER_FACTS) if all(item.fact is not fact for item in told)]
        turns.append(Told(rng.choice(untold), "").question_too_early(rng))
    if rng.random() < 0.2:
        turns += between(rng)
    return turns
