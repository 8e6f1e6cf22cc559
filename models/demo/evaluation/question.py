"""One question of the evaluation, and short ways to write many of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """The messages of a user; the answer to the last one must match `expected`.

    Must not occur in the corpus: the first message, or with `system` that system prompt; and in any message, the words
    of `new_words`.
    """

    kind: str
    messages: tuple[str, ...]
    expected: str
    system: str | None = None
    new_words: tuple[str, ...] = ()

    @property
    def held_out(self) -> tuple[str, ...]:
        """Return the texts that the corpus must not contain."""
        return (self.messages[0],) if self.system is None else (self.system,)


def ask(kind: str, *rows: tuple[str, str]) -> list[Question]:
    """Return questions of one kind, with one message each."""
    return [Question(kind, (message,), expected) for message, expected in rows]


def talk(kind: str, expected: str, *messages: str, new: str = "") -> Question:
    """Return a conversation of several messages. `new`: words that are not in the training data."""
    return Question(kind, messages, expected, new_words=tuple(new.lower().split()))


def under(system: str, message: str, expected: str) -> Question:
    """Return a question under a system prompt that requests an answer style."""
    return Question("manner", (message,), expected, system=system)
