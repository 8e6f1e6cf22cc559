"""Facts about users: how they state them and how they ask for them."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from . import names
from .phrasing import article


@dataclass(frozen=True)
class Fact:
    """A kind of fact: how it is stated, asked for and answered, with `{v}` for its value."""

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
        "[hey|hi|hello] [there|you|bot|], [{v} here|this is {v} speaking|{v} is here|{v} writing|it's me, {v}]",
        "[this is|here is] {v} [speaking|writing|again|]",
        "{v} [is here|is speaking|writing to you|says hello|at your service|is talking to you]",
        "[good morning|good evening|good day|good afternoon], [I am|I'm|my name is|this is] {v}",
        "[I am|I'm] {v} [and I have a question|and I need your help|and I am new here|, pleased to meet you|"
        "from Berlin|"
        ", hello|, who are you|, and I like you|by the way|, remember that]",
        "my name is {v} [and I want to talk|and I have a question|, hello|, remember that|by the way|, like my father]",
        "[everybody|everyone|my mother|my family|my boss|the world] calls me {v}",
        "[you should|you must|just|feel free to|better] call me {v}",
        "[my parents|they] named me {v}",
        "I [go|go by|am known] [by|as] the name [of|] {v}",
        "I go by {v}",
        "[my first name|my full name|my nickname] is {v}",
        "[write down|note|remember]: [my name is|I am] {v}",
        "the user's name is {v}",
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
        "[and|so|ok,|hey,|please:|again:|now:|tell me:] my name [please|]?",
        "[do|can] you [still|] [know|remember|recall|say|tell me] [my name|who I am|what I am called|how I am called]?",
        "[who|what] did I say I [am|was]?",
        "[under|by] what name do you know me?",
        "I forgot my [own|] name, what is it?",
        "[with whom|to whom] are you [talking|speaking]?",
        "[say|write|spell|repeat|print] my name [again|once more|please|]",
        "[greet|address|call] me by [my|] name",
        "what is the name of [the person you talk to|your user|me]?",
        "[what|which] is the name I [gave|told] you?",
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
            "{v} is the [best|nicest|finest] [colour|color] [of all|for me|there is|]",
            "[no|there is no] [colour|color] [is|] [better|nicer] than {v}",
            "[the colour|the color|] {v} is what I [like|love|prefer] [best|most|]",
            "I [prefer|always wear|paint everything] {v}",
            "{v} is the [colour|color] I [love|prefer|always choose]",
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
            "[my house|my flat|my family] is in {v}",
            "[by the way,|you know,|] I [live|stay|sit|am] in {v} [now|these days|]",
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
            "I could eat {v} [every day|all day|for ever]",
            "[no|there is no] food [is|] [better|nicer] than {v}",
            "for me the best [food|meal] is {v}",
            "I [eat|order|cook] {v} [every day|all the time|most of the time]",
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
        statements=(
            "[I am|I'm] {v}",
            "I work as {v}",
            "my job is to be {v}",
            "I earn my money as {v}",
            "my work is that of {v}",
            "[I make a living|I make money|I was trained] as {v}",
            "[by profession|by trade] I am {v}",
        ),
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
    """Return the fact of a pet, with the same kind of animal in all texts."""
    animal = rng.choice(names.PETS)
    return Fact(
        value=names.random_name,
        statements=(
            f"I have {article(animal)} [called|named] {{v}}",
            f"my {animal} is called {{v}}",
            f"my {animal}'s name is {{v}}",
            f"my {animal} {{v}} is [cute|funny|old]",
            f"my {animal} [answers|listens] to the name {{v}}",
            f"[we|I] [call|named|have named] [my|our|the] {animal} {{v}}",
            f"{{v}} is [the name of my {animal}|my {animal}|what I call my {animal}]",
            f"I [got|bought|own] [a|a little|a new] {animal}, [its|the|his|her] name is {{v}}",
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
