"""Thoughts: what a model writes between `<think>` and `</think>`, before its answer.

An answer has one thought, at its beginning. Some chat templates open it at the end of the prompt. White space around it
belongs to neither the thought nor the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from inference.engine.errors import ChatTemplateError, PromptRefused
from inference.engine.types import Message

OPENING: Final = "<think>"
CLOSING: Final = "</think>"
TAGS: Final = frozenset({OPENING, CLOSING})

# What an answer begins with. "none": its text. "possible": a thought, if it opens one. "opened": a thought, opened by
# the prompt. "inside": the rest of a thought that the prompt contains.
Thought = Literal["none", "possible", "opened", "inside"]

_OPENED = re.compile(r"\s*<think>\s*")


@dataclass(frozen=True, slots=True)
class Thoughts:
    """What a model and its chat template know of thoughts.

    `known`: the tags mean a thought, because the template or the vocabulary has them; other models write `<think>` only
    where they write about it. `in_field`: the template takes thoughts apart from contents, as `reasoning_content`.
    `kept`: it renders the thoughts of earlier answers. `opening`, `closing`: the tags with the space around them.
    """

    known: bool = False
    in_field: bool = False
    kept: bool = False
    opening: str = f"{OPENING}\n"
    closing: str = f"\n{CLOSING}\n\n"

    @classmethod
    def of(cls, template: str, vocabulary: Iterable[str], render: Callable[[list[Message], bool], str]) -> Thoughts:
        """Find out with `render`, which takes messages, and whether they are followed by the header of an answer."""
        thoughts = cls(any(tag in template for tag in TAGS) or set(vocabulary) >= TAGS, "reasoning_content" in template)
        if not thoughts.known:
            return thoughts
        turns = [Message("user", "Hi"), thoughts.rendered(Message("assistant", _ANSWER, _THOUGHT))]
        last = _SHOWN.search(_try(render, turns, False))
        earlier = _try(render, [*turns, Message("user", "Why?")], True)
        tags = (OPENING + last[1], last[2] + CLOSING + last[3]) if last else (thoughts.opening, thoughts.closing)
        return replace(thoughts, kept=_THOUGHT in earlier, opening=tags[0], closing=tags[1])

    def rendered(self, message: Message) -> Message:
        """Return a message of an earlier turn as the template takes it."""
        return message if self.in_field else Message(message.role, self.raw(message))

    def raw(self, message: Message) -> str:
        """Return an answer as the model writes it. A thought without a text is not closed."""
        if not (self.known and message.reasoning):
            return message.content
        return self.opening + message.reasoning + (self.closing + message.content if message.content else "")

    def after(self, prompt: str, open_answer: str = "") -> Thought:
        """Return what an answer begins with after `prompt`, which ends in the header of an answer and `open_answer`."""
        if not self.known:
            return "none"
        if not open_answer.strip():
            end = prompt.rstrip()
            return "opened" if end.endswith(OPENING) else "none" if end.endswith(CLOSING) else "possible"
        splitter = ThoughtSplitter("opened" if CLOSING in open_answer and OPENING not in open_answer else "possible")
        splitter.feed(open_answer)
        return "opened" if splitter.thought == "possible" and splitter.thinking else splitter.thought


# Words for trying out a template. They occur in no template.
_THOUGHT, _ANSWER = "qxthoughtzkv", "qxreplyzkv"
_SHOWN = re.compile(rf"{OPENING}(\s*){_THOUGHT}(\s*){CLOSING}(\s*){_ANSWER}")


def _try(render: Callable[[list[Message], bool], str], messages: list[Message], generate: bool) -> str:
    try:
        return render(messages, generate)
    except (ChatTemplateError, PromptRefused):
        return ""


def without_thoughts(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Return the messages without thoughts."""
    return tuple(replace(message, reasoning="") if message.reasoning else message for message in messages)


class ThoughtSplitter:
    """Splits a growing answer into its thought and its text, wherever its pieces are cut.

    `thought`: what the answer begins with. `held`: the end of the answer so far of which the next piece decides what it
    is: white space, a part of a tag, or a tag with nothing after it. An answer that is cut there is continued by a
    splitter with the same `held`.
    """

    def __init__(self, thought: Thought = "none", held: str = "") -> None:
        self.thought = thought
        self.held = held

    @property
    def thinking(self) -> bool:
        """Whether the answer is in its thought, the tags included."""
        return self.thought in ("opened", "inside") or (
            self.thought == "possible" and _OPENED.match(self.held) is not None
        )

    def feed(self, piece: str) -> tuple[str, str]:
        """Return the parts of the thought and of the text that this piece completes; perhaps none."""
        answer, self.held = self.held + piece, ""
        start = 0
        if self.thought == "possible":
            if opened := _OPENED.match(answer):
                start = opened.end()
            elif OPENING.startswith(answer.lstrip()):
                return self._hold(answer)
            else:
                self.thought = "none"
        elif self.thought == "opened":
            start = len(answer) - len(answer.lstrip())
        if self.thought == "none":
            return "", answer
        thought, closed, text = answer[start:].partition(CLOSING)
        text = text.lstrip()
        if not closed:
            thought = thought[: len(thought) - _length_of_tag_begun(thought)]
        thought = thought.rstrip()
        if text:
            self.thought = "none"
        elif thought:
            self.thought, self.held = "inside", answer[start + len(thought) :]
        else:
            self.held = answer
        return thought, text

    def finish(self) -> tuple[str, str]:
        """Return what an answer that has ended by itself still holds. A tag that is not complete is text."""
        thinking, held, self.held = self.thinking, self.held, ""
        if not thinking:
            return "", held
        rest = _OPENED.sub("", held, count=1).rstrip() if CLOSING not in held else ""
        return rest if self.thought == "inside" else rest.lstrip(), ""

    def _hold(self, answer: str) -> tuple[str, str]:
        self.held = answer
        return "", ""


def _length_of_tag_begun(thought: str) -> int:
    """Return the length of the longest end of `thought` that is a beginning of the closing tag."""
    return next((length for length in range(len(CLOSING) - 1, 0, -1) if thought.endswith(CLOSING[:length])), 0)
