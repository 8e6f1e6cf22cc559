"""Variation of a question: alternatives in a pattern, words around it, typing errors."""

import functools
import random
import re
import string

ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")

OPENINGS = (
    "please ",
    "can you tell me ",
    "could you tell me ",
    "could you please tell me ",
    "tell me, ",
    "tell me ",
    "hey, ",
    "hi, ",
    "hello, ",
    "hi there, ",
    "ok, ",
    "okay, ",
    "ok so ",
    "so ",
    "so, ",
    "and ",
    "but ",
    "do you know ",
    "do you happen to know ",
    "I want to know ",
    "I'd like to know ",
    "I would like to know ",
    "I wonder, ",
    "I was wondering, ",
    "I have a question: ",
    "quick question: ",
    "question: ",
    "just curious, ",
    "well, ",
    "now ",
    "next question: ",
    "one more question: ",
    "another question: ",
    "by the way, ",
    "excuse me, ",
    "sorry, ",
    "in that case, ",
    "let me ask you something: ",
    "maybe you can help me: ",
    "good, and ",
    "thanks, and ",
    "hmm, ",
    "well then, ",
    "right, ",
    "good day, ",
    "hello there, ",
    "hey you, ",
    "dear model, ",
    "actually, ",
    "first of all, ",
    "for my homework: ",
    "for school: ",
    "here is a question: ",
    "a short question: ",
    "a stupid question maybe: ",
    "I have to know: ",
    "I need to know: ",
    "I keep asking myself: ",
    "honestly, ",
    "say, ",
    "listen, ",
    "be so kind and tell me: ",
    "would you tell me ",
    "pls ",
    "plz tell me ",
    "help me out: ",
    "oh, ",
    "ah, ",
    "great, ",
    "fine, ",
    "also, ",
    "then ",
)
BEFORE = (
    "I am new here. ",
    "I have no idea about this. ",
    "My friend asked me this. ",
    "My boss wants to know. ",
    "I was thinking about it today. ",
    "Good to have you here. ",
    "Maybe you can help. ",
    "Hi! ",
    "Hello. ",
    "Hey! ",
    "Thanks! ",
    "Ok. ",
    "Great. ",
    "I am curious. ",
    "I am a beginner. ",
    "One thing is not clear to me. ",
    "There is something I want to know. ",
    "I could not find this anywhere. ",
    "Let me ask. ",
    "I need your help. ",
)
AFTER = (
    " Thanks in advance.",
    " I am curious.",
    " It is for school.",
    " Please be quick.",
    " I forgot.",
    " I really need to know.",
    " My friend wants to know.",
    " Any idea?",
    " Do you know that?",
    " Tell me.",
    " Please help.",
    " I am not sure.",
    " Thank you!",
)
CLOSINGS = (
    " please",
    ", please",
    " thanks",
    ", thank you",
    " :)",
    "??",
    "!!",
    "...",
    " for me",
    " if you can",
    ", if you know",
    " by the way",
    " then",
    ", do you know?",
    ", can you tell me?",
    " exactly",
    " again",
    " now",
    " today",
    " really",
    " in your opinion",
    " my friend",
    " pls",
    ", if I may ask",
    ", I wonder",
    ", quickly",
    " anyway",
    " after all",
    " here",
)
FILLERS = ("actually", "really", "exactly", "just", "maybe", "kind of", "please", "now", "even", "basically")
DROPPED = {"a", "an", "the", "is", "are", "do", "does", "of", "to", "me", "you", "can", "please"}


def readings(pattern: str) -> int:
    """Return the number of texts that a pattern describes; approximate for nested alternatives."""
    count = 1
    for group in ALTERNATIVES.findall(pattern):
        count *= group.count("|") + 1
    return count


@functools.cache
def weights(patterns: tuple[str, ...]) -> list[float]:
    """Return the weights of patterns: higher with more variants, but not in proportion."""
    return [readings(pattern) ** 0.5 for pattern in patterns]


def pick(rng: random.Random, pattern: str) -> str:
    """Return one variant of a pattern: `[a|b]` is one of its alternatives, `[a|]` is optional."""
    while "[" in pattern:
        pattern = ALTERNATIVES.sub(lambda group: rng.choice(group[1].split("|")), pattern)
    pattern = re.sub(r"  +", " ", pattern).strip()
    return re.sub(r" ([?.!,])", r"\1", pattern)


def choose(rng: random.Random, patterns: tuple[str, ...]) -> str:
    """Return one variant of one of the patterns."""
    return pick(rng, rng.choices(patterns, weights(patterns))[0])


def article(noun: str) -> str:
    """Return the noun with `a` or `an`."""
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun


def without_article(name: str) -> str:
    """Return the noun without its article: `a token` → `token`."""
    return re.sub(r"^(a|an|the) ", "", name)


def first_upper(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def first_lower(text: str) -> str:
    """Return the text with its first letter in lower case, unless its first word is `I`, a name or an abbreviation."""
    first_word = text.split(" ", 1)[0]
    if first_word.startswith("I'") or first_word == "I" or any(letter.isupper() for letter in first_word[1:]):
        return text
    return text[:1].lower() + text[1:]


def and_list(items: list[str]) -> str:
    """Return a list in words: `one, two and three`."""
    if len(items) == 1:
        return items[0]
    return ", ".join(items[:-1]) + " and " + items[-1]


def mistype(rng: random.Random, text: str) -> str:
    """Return the text with one letter swapped, missing, doubled or wrong."""
    place = rng.randrange(1, len(text) - 2)
    before, here, after = text[:place], text[place], text[place + 1 :]
    kind = rng.randrange(4)
    if kind == 0:
        return before + after[0] + here + after[1:]
    if kind == 1:
        return before + after
    if kind == 2:
        return before + here + here + after
    return before + rng.choice(string.ascii_lowercase) + after


def reword(rng: random.Random, text: str) -> str:
    """Return the text with a filler word inserted or a small word removed."""
    words = text.split(" ")
    if len(words) < 3 or any(mark in text for mark in "\n'\""):
        return text
    if rng.random() < 0.5:
        words.insert(rng.randrange(1, len(words)), rng.choice(FILLERS))
        return " ".join(words)
    small = [index for index, word in enumerate(words) if word.lower() in DROPPED]
    if small:
        del words[rng.choice(small)]
    return " ".join(words)


def punctuate(rng: random.Random, text: str) -> str:
    """Return the text with its last punctuation mark removed or replaced."""
    if rng.random() < 0.2:
        return text.rstrip("?.!")
    if text[-1].isalnum() and rng.random() < 0.3:
        return text + rng.choice([".", "!", "?"])
    return text


def vary(rng: random.Random, text: str, *, opening: bool = True, exact: bool = False) -> str:
    """Return the text as a user may type it.

    `opening` allows words before it (wrong before a greeting); `exact` keeps its words: numbers, names and
    texts to be repeated must arrive as they are.
    """
    if not exact and rng.random() < 0.12:
        text = reword(rng, text)
    if opening and rng.random() < 0.35:
        text = rng.choice(OPENINGS) + first_lower(text)
    if rng.random() < 0.5:
        text = first_upper(text)
    if not exact and rng.random() < 0.12:
        text = text.lower()
    text = punctuate(rng, text)
    if opening and not exact and rng.random() < 0.08:
        text = text.rstrip("?.!") + rng.choice(CLOSINGS)
    if opening and rng.random() < 0.05:
        text = rng.choice(BEFORE) + text
    if opening and text[-1] in "?.!" and rng.random() < 0.04:
        text += rng.choice(AFTER)
    if not exact and rng.random() < 0.06 and len(text) > 8:
        text = mistype(rng, text)
    return text
