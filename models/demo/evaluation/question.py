"""One question of the evaluation, and short ways to write many of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """The messages of a user; the answer to the last one must match `expected`.

    What must not occur in the corpus: the first message, or, where `system` is given, that system prompt; and of a
    message with `new_words` also none of these words, in any message.
    """

    kind: str
    messages: tuple[str, ...]
    expected: str
    system: str | None = None
    new_words: tuple[str, ...] = ()

    @property
    def held_out(self) -> tuple[str, ...]:
        """The texts that the corpus must not contain."""
        return (self.messages[0],) if self.system is None else (self.system,)


def ask(kind: str, *rows: tuple[str, str]) -> list[Question]:
    """Questions of one kind, of one message each."""
    return [Question(kind, (message,), expected) for message, expected in rows]


def talk(kind: str, expected: str, *messages: str, new: str = "") -> Question:
    """A conversation of several messages; `new` are the words that training never saw."""
    return Question(kind, messages, expected, new_words=tuple(new.lower().split()))


def under(system: str, message: str, expected: str) -> Question:
    """A question under a system prompt that asks for a manner."""
    return Question("manner", (message,), expected, system=system)
