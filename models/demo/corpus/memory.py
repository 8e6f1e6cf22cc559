"""Facts that users state about themselves and ask for later."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from .memory_facts import NAME, OTHER_FACTS, Fact, pet_fact
from .phrasing import choose, first_upper, vary
from .reframing import sometimes_reframed
from .turn import Turn


def filled(text: str, value: str) -> str:
    """Return the text with the value inserted."""
    return text.replace("{V}", first_upper(value)).replace("{v}", value)


@dataclass(frozen=True)
class Told:
    """A fact with the value that the user states."""

    fact: Fact
    value: str

    def asked(self, rng: random.Random) -> str:
        """Return the question, unchanged or rephrased."""
        return sometimes_reframed(rng, choose(rng, self.fact.questions))

    def statement(self, rng: random.Random) -> Turn:
        """Return a turn in which the user states the fact."""
        text = vary(rng, filled(choose(rng, self.fact.statements), self.value), opening=False, exact=True)
        return Turn(text, filled(self.fact.acknowledgement, self.value))

    def question(self, rng: random.Random) -> Turn:
        """Return a turn in which the user asks for a stated fact."""
        text = vary(rng, self.asked(rng))
        return Turn(text, filled(self.fact.answer, self.value))

    def question_too_early(self, rng: random.Random) -> Turn:
        """Return a turn in which the user asks for a fact that was not stated."""
        return Turn(vary(rng, self.asked(rng)), self.fact.not_told)

    def statement_and_question(self, rng: random.Random) -> Turn:
        """Return a turn in which the user states the fact and asks for it."""
        told = first_upper(filled(choose(rng, self.fact.statements), self.value)).rstrip(".!?")
        asked = first_upper(choose(rng, self.fact.questions))
        return Turn(f"{told}. {asked}", filled(self.fact.answer, self.value))


def name_block(rng: random.Random) -> list[Turn]:
    """Return turns that state a name and ask for it at once. A name stated later replaces an earlier one."""
    told = Told(NAME, written_value(rng, NAME))
    return [told.statement(rng), told.question(rng)] if rng.random() < 0.85 else [told.statement_and_question(rng)]


def written_value(rng: random.Random, fact: Fact) -> str:
    """Return a value as the user writes it, sometimes in lower case. The answer copies it as written."""
    value = fact.value(rng)
    return value.lower() if rng.random() < 0.12 else value


def random_facts(rng: random.Random) -> list[Told]:
    """Return one to three facts, usually including a name."""
    chosen = [NAME] if rng.random() < 0.7 else []
    others = [*OTHER_FACTS, pet_fact(rng)]
    chosen += rng.sample(others, rng.choice((0, 0, 1, 1, 2)) if chosen else rng.choice((1, 1, 2)))
    rng.shuffle(chosen)
    return [Told(fact, written_value(rng, fact)) for fact in chosen]


def memory_turns(
    rng: random.Random, between: Callable[[random.Random], list[Turn]], *, first: bool = True
) -> list[Turn]:
    """Return turns that state facts, other turns, and questions about the facts.

    Only the `first` turns of a conversation may ask for unstated facts: later ones do not know what was stated before.
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
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
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
