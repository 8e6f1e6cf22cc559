"""The messages of OpenAI's API as turns: content as text or in parts, calls of tools and their results as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from rest_framework import serializers

from inference.api.requests.transcripts import ROLES, Turn, with_calls

TEXT_PARTS: Final = ("text", "input_text", "output_text", "refusal")


def turns_of(messages: Iterable[Any], read: Callable[[Any], Turn | None]) -> list[Turn]:
    """Return what `read` returns for each message, without None. Raise ValidationError by number of the message."""
    turns, errors = [], {}
    for at, message in enumerate(messages):
        try:
            if turn := read(message):
                turns.append(turn)
        except serializers.ValidationError as error:
            errors[str(at)] = error.detail
    if errors:
        raise serializers.ValidationError(errors)
    return turns


def turn_of(message: Any) -> Turn:
    """Return a message as a turn. Raise ValidationError with what is wrong with it, by field."""
    if not isinstance(message, Mapping):
        raise serializers.ValidationError('Enter an object, such as {"role": "user", "content": "Hello"}.')
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise serializers.ValidationError({"role": f"Enter one of {', '.join(ROLES)}."})
    text = text_of(message.get("content"))
    if calls := message.get("tool_calls") or message.get("function_call"):
        text = text_of(with_calls(text, calls), "tool_calls")
    return Turn(ROLES[role], text, reasoning_of(message) if role == "assistant" else "")


def reasoning_of(message: Mapping[str, Any]) -> str:
    """Return the thought of an assistant's message, under any of the names that servers give it."""
    name = next((each for each in ("reasoning_content", "reasoning") if isinstance(message.get(each), str)), None)
    return text_of(message[name], name) if name else ""


def text_of(content: Any, name: str = "content") -> str:
    """Return the text of a content. Raise ValidationError, under `name`, if it has a part that is no text."""
    try:
        if content is None:
            return ""
        if isinstance(content, list):
            return "".join(sendable(_part(part)) for part in content)
        if not isinstance(content, str):
            raise serializers.ValidationError("Enter a string, or a list of parts of the type text.")
        return sendable(content)
    except serializers.ValidationError as error:
        raise serializers.ValidationError({name: error.detail}) from None


def _part(part: Any) -> Any:
    if isinstance(part, str):
        return part
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind not in TEXT_PARTS:
        named = f"the type {kind}" if isinstance(kind, str) else "no type"
        raise serializers.ValidationError(
            f"A part has {named}, but this model reads text only. Enter parts of the type text."
        )
    return part.get("refusal" if kind == "refusal" else "text")


def sendable(text: Any) -> str:
    """Return a text that can be sent to the engine, and back. Raise ValidationError if it is not one."""
    if not isinstance(text, str):
        raise serializers.ValidationError("Enter the text of each part as a string.")
    if "\0" in text:
        raise serializers.ValidationError("Enter a text without null characters.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise serializers.ValidationError("Enter a text without lone surrogates.") from None
    return text
