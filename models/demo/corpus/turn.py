"""The pieces that the corpus is made of."""

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
    """Something a user may want: patterns of questions (see `phrasing.pick`), and the answers that all of them fit."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """A word with its other names, what it means, and what to add when the user wants to hear more."""

    names: tuple[str, ...]
    text: str
    more: str
