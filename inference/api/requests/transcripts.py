"""Transcripts as clients send them, made into those that the engine takes.

The engine wants a system prompt first, if there is one, then questions and answers in turn. Clients send roles in a
row, system messages in the middle, empty turns, and results of tools. Nothing of their text is lost, and a transcript
that grows at its end is only changed at its end, so that a process that holds it is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from inference.engine import Message

BETWEEN = "\n\n"  # texts that are joined to one turn

# Clients' roles as the engine knows them. The model gets results of tools as messages of the user.
ROLES: Final = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "user",
    "function": "user",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a client. `role`: system, user or assistant, as its protocol understands it.

    `reasoning`: what the assistant thought before it answered. The chat template decides whether the model sees it.
    """

    role: str
    text: str
    reasoning: str = ""


def with_calls(text: str, calls: Any) -> str:
    """Return the text of a turn that calls tools: its own, and the calls as JSON."""
    return f"{text}\n{json.dumps(calls, ensure_ascii=False)}".lstrip("\n") if calls else text


def engine_messages(turns: Iterable[Turn], default_system_prompt: str = "") -> tuple[Message, ...]:
    """Return the transcript for the engine; empty if no turn but the system prompt has a text.

    System messages before the first turn are the system prompt; later ones join the user's text. If there is none,
    `default_system_prompt` takes its place; an empty one asks for none. Turns of one role in a row are joined, and
    turns without text or reasoning left out.
    """
    system: list[str] | None = None
    messages: list[Message] = []
    for turn in turns:
        if turn.role == "system" and not messages:
            system = [*(system or ()), turn.text]
        elif turn.text.strip() or turn.reasoning:
            message = Message("assistant" if turn.role == "assistant" else "user", turn.text, turn.reasoning)
            if messages and messages[-1].role == message.role:
                message = _joined(messages.pop(), message)
            messages.append(message)
    prompt = default_system_prompt if system is None else BETWEEN.join(text for text in system if text.strip())
    return (Message("system", prompt), *messages) if prompt.strip() and messages else tuple(messages)


def _joined(first: Message, second: Message) -> Message:
    content = BETWEEN.join(filter(None, (first.content, second.content)))
    reasoning = BETWEEN.join(filter(None, (first.reasoning, second.reasoning)))
    return replace(first, content=content, reasoning=reasoning)
