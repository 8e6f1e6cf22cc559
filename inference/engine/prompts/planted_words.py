"""Check that a chat template shows the model everything that was said.

A template can lose a message without failing: then the model answers a question that it has not seen. So planted words
are rendered before a template is used, and each has to appear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from inference.engine.errors import ChatTemplateError, PromptRefused
from inference.engine.types import Message

from .prompt import Prompt

SHOWN_CHARACTERS: Final = 80  # of a template that is plain text

_SYSTEM = Message("system", "qxrulezkv")
_FIRST, _ANSWER, _SECOND = (
    Message("user", "qxfirstzkv"),
    Message("assistant", "qxreplyzkv"),
    Message("user", "qxlastzkv"),
)
_CONVERSATIONS: Final = {
    "a question": (_FIRST,),
    "a question with a system prompt": (_SYSTEM, _FIRST),
    "a second question": (_FIRST, _ANSWER, _SECOND),
    "a second question with a system prompt": (_SYSTEM, _FIRST, _ANSWER, _SECOND),
}


def check_planted_words(prompt: Callable[[Sequence[Message]], Prompt], source: str, origin: str) -> None:
    """Raise ChatTemplateError unless `prompt` shows the texts of a conversation, in order. `origin`: see the sandbox.

    The system prompt may stand anywhere: some templates put it before the last question.
    """
    for name, messages in _CONVERSATIONS.items():
        try:
            text = prompt(messages).text
        except PromptRefused as refusal:
            raise ChatTemplateError(f"The model cannot chat: it was tried with {name}. {refusal}") from refusal
        lost = [f"{message.role} message" for message in messages if message.content not in text]
        if lost and "{{" not in source and "{%" not in source:
            shown = source if len(source) <= SHOWN_CHARACTERS else f"{source[:SHOWN_CHARACTERS]}…"
            raise ChatTemplateError(
                f"{origin} is plain text without variables ({shown!r}), so that the model would see no message. "
                "Expected a Jinja template; set CHAT_TEMPLATE to one."
            )
        if lost:
            raise ChatTemplateError(
                f"{origin} loses words: of {name}, it does not show the model the {' and the '.join(lost)}. Expected "
                "a template that shows all messages; set CHAT_TEMPLATE to one."
            )
        places = [text.index(message.content) for message in messages if message.role != "system"]
        if any(after < before for before, after in pairwise(places)):
            raise ChatTemplateError(
                f"{origin} changes the order of the messages of {name}. Expected a template that keeps it; set "
                "CHAT_TEMPLATE to one."
            )
