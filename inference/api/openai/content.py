"""The messages of OpenAI's API as turns: content as text or in parts, calls of tools and their results as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from inference.api.requests.transcripts import Turn

# Roles as the engine knows them. The model gets results of tools as messages of the user.
ROLES: Final = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "user",
    "function": "user",
}
TEXT_PARTS: Final = ("text", "input_text", "output_text", "refusal")


def turn_of(message: Any) -> Turn:
    """Return a message as a turn. Raise ValidationError with what is wrong with it, by field."""
    if not isinstance(message, Mapping):
        raise serializers.ValidationError('Enter an object, such as {"role": "user", "content": "Hello"}.')
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise serializers.ValidationError({"role": f"Enter one of {', '.join(ROLES)}."})
    text = text_of(message.get("content"))
    if calls := message.get("tool_calls") or message.get("function_call"):
        text = f"{text}\n{json.dumps(calls, ensure_ascii=False)}".lstrip("\n")
    return Turn(ROLES[role], text)


def text_of(content: Any) -> str:
    """Return the text of a message's content. Raise ValidationError if it has a part that is no text."""
    if content is None:
        return ""
    if isinstance(content, str):
        return _checked(content)
    if isinstance(content, list):
        return "".join(_checked(_part(part)) for part in content)
    raise serializers.ValidationError({"content": "Enter a string, or a list of parts of the type text."})


def _part(part: Any) -> Any:
    if isinstance(part, str):
        return part
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind not in TEXT_PARTS:
        named = f"the type {kind}" if isinstance(kind, str) else "no type"
        raise serializers.ValidationError(
            {"content": f"A part has {named}, but this model reads text only. Enter parts of the type text."}
        )
    return part.get("refusal" if kind == "refusal" else "text")


def _checked(text: Any) -> str:
    if not isinstance(text, str):
        raise serializers.ValidationError({"content": "Enter the text of each part as a string."})
    if "\0" in text:
        raise serializers.ValidationError({"content": "Enter a text without null characters."})
    try:
        text.encode()
    except UnicodeEncodeError:
        raise serializers.ValidationError({"content": "Enter a text without lone surrogates."}) from None
    return text
