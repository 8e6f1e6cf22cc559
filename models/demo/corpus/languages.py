"""A few words of Spanish, French, German and Italian."""

import random

from .phrasing import choose, vary
from .turn import Turn
from .word_lists import listed

ENGLISH = listed("hello, thank you, goodbye, yes, no, please, cat, dog, water, house, friend, good morning")
TRANSLATIONS = {
    "Spanish": listed("hola, gracias, adios, si, no, por favor, gato, perro, agua, casa, amigo, buenos dias"),
    "French": listed("bonjour, merci, au revoir, oui, non, s'il vous plait, chat, chien, eau, maison, ami, bonjour"),
    "German": listed("hallo, danke, auf Wiedersehen, ja, nein, bitte, Katze, Hund, Wasser, Haus, Freund, guten Morgen"),
    "Italian": listed("ciao, grazie, arrivederci, si, no, per favore, gatto, cane, acqua, casa, amico, buongiorno"),
}
QUESTIONS = (
    "how [do|would|can] [you|I|they|people] say {a} in {l}?",
    "[please|] translate {a} [to|into] {l}",
    "[what is|what's] {a} in {l}?",
    "[what is|what's|tell me] the {l} [word|translation] [for|of] {a}?",
    "say {a} in {l}",
    "{a} in {l}",
    "what does {a} mean in {l}?",
    "translate '{a}' [to|into] {l}",
    "how do I say '{a}' in {l}?",
    "can you translate {a} [to|into] {l}?",
    "what is the word for {a} in {l}?",
)
AND_QUESTIONS = ("[and|what about|how about|] in {l}?", "and {l}?", "the same in {l}")


def translation(word: str, language: str) -> tuple[str, str]:
    """Return the long and the brief answer."""
    foreign = TRANSLATIONS[language][ENGLISH.index(word)]
    return f'In {language}, {word} is "{foreign}".', f"{foreign}."


def translation_block(rng: random.Random) -> list[Turn]:
    """Return a question about a word in another language, sometimes in two."""
    word = rng.choice(ENGLISH)
    languages = rng.sample(list(TRANSLATIONS), 2 if rng.random() < 0.3 else 1)
    turns = []
    for patterns, language in zip((QUESTIONS, AND_QUESTIONS), languages, strict=False):
        question = vary(rng, choose(rng, patterns).format(a=word, l=language), opening=patterns is QUESTIONS)
        answer, brief = translation(word, language)
        turns.append(Turn(question, answer, brief=brief))
    return turns
