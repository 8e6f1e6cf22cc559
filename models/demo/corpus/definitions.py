"""Questions for the meaning of a word, with what often follows them."""

import random

from . import definitions_ai, definitions_computing, definitions_server, definitions_world
from .phrasing import choose, pick, vary, without_article
from .turn import Definition, Turn

DEFINITIONS: list[Definition] = (
    definitions_ai.DEFINITIONS
    + definitions_server.DEFINITIONS
    + definitions_computing.DEFINITIONS
    + definitions_world.DEFINITIONS
)
# The README and the examples on the chat page ask for these, so they come more often.
FEATURED = {"machine learning": 6, "BitNet": 3, "a neural network": 3, "quantization": 2, "an API": 2, "Docker": 2}

QUESTIONS = (
    "[what is|what's|whats|what are] {x}?",
    "[what is|what's] {x}",
    "[explain|describe|define] {x} [to me|for me|briefly|simply|please|in one sentence|in a few words|]",
    "[can|could|would] you [please|] [explain|describe|define] {x} [to me|for me|briefly|in simple words|]?",
    "[can|could] you [please|] [explain|say|tell me] what {x} [is|means]?",
    "what [does|do] {x} mean?",
    "[please|] [tell|teach] me [something|more|a bit|] about {x}",
    "[please|] tell me what {x} is",
    "how would you [define|explain] {x} [to a child|to me|to my grandmother|]?",
    "give me a [definition|short definition|simple explanation|brief explanation] of {x}",
    "what do you know about {x}?",
    "I [want|would like|need] to [learn about|know about|know what is|know more about] {x}",
    "I want to [learn|know] what {x} is",
    "what [exactly|really|actually] is {x}?",
    "what is {x} [exactly|really|in short|in simple terms|about|again|in plain English]?",
    "explain {x} [like I am five|in simple words|in plain words|to a child|as if I were ten]",
    "{x}?",
    "{x}",
    "what do [people|you|they] mean by {x}?",
    "I [don't|do not] [know|understand] what {x} is",
    "I [don't|do not] understand {x}",
    "in [short|a few words|simple words|one sentence], what is {x}?",
    "have you [ever|] heard of {x}?",
    "what is [meant|understood] by {x}?",
    "explain [briefly|simply|to me] what {x} is",
    "do you know {x}?",
    "help me [to|] understand {x}",
    "what is {x} and how does it work?",
    "what is the [idea of|idea behind|point of|definition of|meaning of] {x}?",
    "how does {x} work?",
    "what is {x} [used|good|useful] for?",
    "why do [we|people] [need|use] {x}?",
    "what does {x} do?",
    "someone [told me about|mentioned] {x}, what is that?",
    "I read about {x} [today|yesterday|], what does it mean?",
    "my [boss|teacher|friend] [asked me about|talks about] {x}",
    "[who|what] [or what|] is {x}?",
    "the meaning of {x}",
    "is {x} [important|difficult|useful]?",
)
MORE = (
    "[tell|teach|explain] me more [about it|about that|]",
    "more [please|details|details please|about it|info|information|]",
    "[go on|continue|keep going|say more|and then|expand on that|elaborate]",
    (
        "[can|could|would] you [tell me more|give an example|say more|go on|explain more|add something] "
        "[about it|about that|please|]?"
    ),
    "[give|show] me an example [please|of that|of it|]",
    "[what|and what] else [can you say|should I know|do you know about it|]?",
    "[for example|an example|example please|like what]?",
    "anything else [about it|I should know|]?",
    "[interesting|cool|ok|nice|thanks], [tell me more|go on|and what else|give me an example|more please]",
    "I [want|would like] to [know|hear|learn] more [about it|about that|]",
    "is there more [to say|to it|]?",
    "what else is there to say?",
    "[why|how so]?",
)
NEXT = (
    "[and|and what is|what about|how about|and what about|ok, and|now explain|and what does it have to do with] {x}?",
    "[and|what about|how about] {x}",
)
DIFFERENCES = (
    "[what is|what's|tell me|explain|describe] the difference between {x} and {y}?",
    "difference between {x} and {y}",
    "how [does|do] {x} differ from {y}?",
    "compare {x} [and|with|to] {y}",
    "{x} [vs|versus|or] {y}?",
    "{x} vs {y}",
    "how are {x} and {y} different?",
    "[is|are] {x} [the same as|different from|like] {y}?",
    "what distinguishes {x} from {y}?",
    "are {x} and {y} the same [thing|]?",
    "where is the difference between {x} and {y}?",
)
PAIRS = (
    (
        "AI",
        "machine learning",
        "AI is the whole field of smart programs. Machine learning is the part of AI that learns from data.",
    ),
    (
        "machine learning",
        "deep learning",
        "Deep learning is a part of machine learning that uses neural networks with many layers.",
    ),
    (
        "a CPU",
        "a GPU",
        (
            "A CPU has a few fast cores for all kinds of tasks. A GPU has thousands of simple cores for "
            "doing the same calculation many times."
        ),
    ),
    (
        "a container",
        "a virtual machine",
        (
            "A container shares the system kernel and starts quickly. A virtual machine brings its own "
            "operating system and is heavier."
        ),
    ),
    (
        "Django",
        "Flask",
        "Django brings everything for a complete web site. Flask is small and lets you choose the parts yourself.",
    ),
    ("HTTP", "HTTPS", "HTTPS is HTTP with encryption, so nobody in between can read the data."),
    ("Git", "GitHub", "Git is the version control tool. GitHub is a web site that hosts Git repositories."),
    ("HTML", "CSS", "HTML describes the structure of a page. CSS describes how it looks."),
    ("a process", "a thread", "A process has its own memory. Threads live inside a process and share its memory."),
    (
        "training",
        "inference",
        "Training teaches the model its weights. Inference uses the trained model to get answers.",
    ),
    (
        "SQLite",
        "PostgreSQL",
        "SQLite keeps everything in one file and needs no server. PostgreSQL is a full database server for many users.",
    ),
    ("Docker", "Kubernetes", "Docker builds and runs containers. Kubernetes manages many containers on many machines."),
    (
        "BitNet",
        "a normal model",
        "A normal model stores 16 bits per weight. BitNet uses only -1, 0 and +1, about 1.58 bits per weight.",
    ),
    ("Python", "JavaScript", "Python is popular for data and servers. JavaScript is the language of the web browser."),
    (
        "RAM",
        "a hard disk",
        "RAM is fast but loses its content without power. A hard disk is slower but keeps the data.",
    ),
    ("an image", "a container", "An image is the packed program. A container is a running copy of it."),
    (
        "a system prompt",
        "a prompt",
        "A system prompt says how the model should behave. A prompt is the question that you ask.",
    ),
)


def named(definition: Definition, rng: random.Random) -> str:
    """One of the names of what is defined, sometimes without its article."""
    name = rng.choice(definition.names) if rng.random() < 0.5 else definition.names[0]
    return without_article(name) if rng.random() < 0.25 else name


def random_definition(rng: random.Random) -> Definition:
    """Any definition, the featured ones more often."""
    return rng.choices(DEFINITIONS, [FEATURED.get(definition.names[0], 1) for definition in DEFINITIONS])[0]


def definition_block(rng: random.Random) -> list[Turn]:
    """A word explained; then often more about it, or another word."""
    definition = random_definition(rng)
    question = choose(rng, QUESTIONS).format(x=named(definition, rng))
    turns = [Turn(vary(rng, question), definition.text)]
    follow_up = rng.random()
    if follow_up < 0.3:
        turns.append(Turn(vary(rng, choose(rng, MORE), opening=False), definition.more))
    elif follow_up < 0.42:
        other = random_definition(rng)
        turns.append(Turn(vary(rng, choose(rng, NEXT).format(x=named(other, rng)), opening=False), other.text))
    return turns


def difference_block(rng: random.Random) -> list[Turn]:
    """Two words told apart."""
    first, second, answer = rng.choice(PAIRS)
    if rng.random() < 0.4:
        first, second = second, first
    if rng.random() < 0.25:
        first, second = without_article(first), without_article(second)
    return [Turn(vary(rng, pick(rng, rng.choice(DIFFERENCES)).format(x=first, y=second)), answer)]
