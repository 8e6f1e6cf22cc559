"""Questions about the meaning of a word, with typical follow-ups."""

import random

from . import definitions_ai, definitions_computing, definitions_server, definitions_world
from .phrasing import choose, pick, vary, without_article
from .synonyms import with_synonyms
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
    (
        "[explain|describe] {x} to [a friend|a boy of ten|my mother|my team|a manager|somebody new|kids|an old "
        "man|the class]"
    ),
    (
        "[can|could|would] you [give|write] [me|us] [a line|a sentence|two sentences|a few words|an "
        "explanation] [on|about] {x}?"
    ),
    "[what is|what's] {x} [all|] about?",
    "[what is|what's] the [use|purpose|sense|benefit|role|job|task] of {x}?",
    "[for what|why|when] [do|would|should] I [use|need|want] {x}?",
    "what [can|do] [I|people|you|we] [do|use] [with|] {x} [for|]?",
    "[what kind|what type] of thing is {x}?",
    (
        "[everybody|everyone|the whole world|my colleague] [talks|speaks] about {x}, [what is it|what is that|"
        "why|please explain]"
    ),
    "I often [hear|read] [about|of] {x} [but do not get it|, what does it mean|, explain it]",
    "{x}, what [is that|does it mean|does that mean|is it] [again|please|]?",
    "{x} - [explain|meaning|definition|what is it|please explain]",
    "[explain|define] [please|] : {x}",
    "[tell|show] me [please|] [what|how] {x} [works|means|does|is]",
    "what should [one|I|everybody|a beginner] know about {x}?",
    "[what is|what's] {x} [in daily life|in the end|for a beginner|basically|technically]?",
    "[what is|what's] {x} [good|there|made|meant] for?",
    "[basics|meaning|definition|explanation] of {x} [please|]",
    "[your|a] definition of {x} [please|]?",
    (
        "I [have to|must|should] [explain|present|understand] {x} [tomorrow|at school|at work|to my boss|], "
        "[help me|what is it|please help]"
    ),
    "what [makes|is] {x} [special|interesting|so special|so good|important]?",
    "why is {x} [special|interesting|important|so popular|useful|needed]?",
    "[could|can] you [clarify|clear up|spell out|sum up|outline] [what|] {x} [is|]?",
    "[clarify|outline|sum up|introduce] {x} [for me|please|]",
    "the [word|term|name|expression] {x}, what does it [mean|stand for|describe]?",
    "what does the [word|term|name|expression] {x} [mean|describe|stand for]?",
    "what are the [basics|main points|key facts] of {x}?",
    "what is {x} and [why|when|where|what for] [do|would|should] [I|we|people] [need|use] it?",
    "teach me {x}",
    "talk about {x}",
    "say something about {x}",
    "[who|does anybody|can anybody] [knows|know|explain] {x}?",
    "I am [learning|studying|reading] about {x}. What is it?",
    "[so|and] {x} is what [exactly|]?",
    "what would you say {x} is?",
    "how [can|could|should] [I|one] [imagine|understand|think of|picture] {x}?",
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
    "[what is|what's] the [big|real|exact|basic|] difference [of|between] {x} [and|to] {y}?",
    "[how|in which way|why] [is|are] {x} [not like|unlike|other than|different to] {y}?",
    "{x} and {y}: [what is the difference|the difference|same thing|compare them]?",
    "[tell|explain to] me how {x} [differs|is different] from {y}",
    "[should I use|do I need|which is better,] {x} or {y}?",
    "I [mix up|confuse|cannot tell apart] {x} and {y}",
    "isn't {x} [the same as|just|simply] {y}?",
    "what does {x} have that {y} does not have?",
    "{x} [compared to|against|in comparison with] {y}",
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
    """Return one of the names of what is defined, sometimes without its article."""
    name = rng.choice(definition.names) if rng.random() < 0.5 else definition.names[0]
    return without_article(name) if rng.random() < 0.3 else name


def random_definition(rng: random.Random) -> Definition:
    """Return any definition, featured ones more often."""
    return rng.choices(DEFINITIONS, [FEATURED.get(definition.names[0], 1) for definition in DEFINITIONS])[0]


def topic_question(rng: random.Random, topic: str) -> str:
    """Return a question about what something is. Synonyms replace words around the topic, never in it."""
    pattern = choose(rng, QUESTIONS)
    if rng.random() < 0.3:
        pattern = with_synonyms(rng, pattern)
    return pattern.format(x=topic)


def definition_block(rng: random.Random) -> list[Turn]:
    """Return an explanation of a word, often followed by more about it or by another word."""
    definition = random_definition(rng)
    turns = [Turn(vary(rng, topic_question(rng, named(definition, rng))), definition.text)]
    follow_up = rng.random()
    if follow_up < 0.3:
        turns.append(Turn(vary(rng, choose(rng, MORE), opening=False), definition.more))
    elif follow_up < 0.42:
        other = random_definition(rng)
        turns.append(Turn(vary(rng, choose(rng, NEXT).format(x=named(other, rng)), opening=False), other.text))
    return turns


def plural(name: str) -> str:
    """Return the plural: `a container` → `containers`. Without an article, return the text unchanged."""
    bare = without_article(name)
    if bare == name:
        return name
    return f"{bare}es" if bare.endswith(("s", "x", "ch")) else f"{bare}s"


def difference_block(rng: random.Random) -> list[Turn]:
    """Return a question about the difference between two words."""
    first, second, answer = rng.choice(PAIRS)
    if rng.random() < 0.4:
        first, second = second, first
    if rng.random() < 0.25:
        first, second = without_article(first), without_article(second)
    elif rng.random() < 0.25:
        first, second = plural(first), plural(second)
    return [Turn(vary(rng, pick(rng, rng.choice(DIFFERENCES)).format(x=first, y=second)), answer)]
