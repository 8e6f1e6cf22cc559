"""The `context` of `POST /api/generate`: a conversation as a list of integers, which clients send back unread.

Ollama's integers are tokens. These are the bytes of the transcript as JSON, so that the server keeps nothing between
two requests, and still finds the process that holds the conversation.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from rest_framework import serializers

from inference.engine import Message

ROLES: Final = ("system", "user", "assistant")
NOT_OURS: Final = "This is not the context of an answer of this server. Send the one of the last answer, or none."


def encode(messages: Sequence[Message]) -> list[int]:
    """Return the context that holds these messages."""
    turns = [[message.role, message.content, *filter(None, [message.reasoning])] for message in messages]
    return list(json.dumps(turns, ensure_ascii=False, separators=(",", ":")).encode())


class ContextField(serializers.ListField):
    """The messages of a context."""

    child = serializers.IntegerField(min_value=0, max_value=255)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        try:
            turns = json.loads(bytes(data).decode()) if data else []
            return tuple(_message(*turn) for turn in turns)
        except (ValueError, TypeError, RecursionError):  # no bytes, no UTF-8, no JSON, no lists, no messages
            raise serializers.ValidationError(NOT_OURS) from None


def _message(role: Any, content: Any, reasoning: Any = "") -> Message:
    """Return a message. Raise ValueError if it is none, or could not be sent to an engine."""
    for text in (content, reasoning):
        if role not in ROLES or not isinstance(text, str) or "\0" in text:
            raise ValueError
        text.encode()  # no lone surrogates
    return Message(role, content, reasoning)
