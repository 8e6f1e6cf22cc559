"""The elements of the corpus."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Turn:
    """One message of the user and the answer to it.

    `brief` is the answer under a system prompt that asks for short answers; where it is empty, the first sentence
    of the answer serves.
    """

    question: str
    answer: str
    brief: str = ""


@dataclass(frozen=True)
class Dialogue:
    """A system prompt, or none, and the turns that follow it."""

    system: str | None
    turns: list[Turn] = field(default_factory=list)


@dataclass(frozen=True)
class Intent:
    """A user's intent: patterns of questions (see `phrasing.pick`), and the answers that fit all of them."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """A word with its other names, its meaning, and what to add if the user asks for more."""

    names: tuple[str, ...]
    text: str
    more: str
