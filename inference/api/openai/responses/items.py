"""The items of a request's input as turns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from inference.api.openai.content import text_of, turn_of
from inference.api.requests.transcripts import Turn

# Which field of a call says what the tool was called with.
CALLS: Final = {"function_call": "arguments", "custom_tool_call": "input"}
RESULTS: Final = ("function_call_output", "custom_tool_call_output")
KINDS: Final = ("message", *CALLS, *RESULTS, "reasoning")


def turn_of_item(item: Any) -> Turn | None:
    """Return an item as a turn; None for reasoning without its text. It is joined with the answer that follows it.

    Raise ValidationError with what is wrong with it, by field.
    """
    kind = item.get("type") if isinstance(item, Mapping) else None
    if kind is None or kind == "message":
        return turn_of(item)
    if not isinstance(kind, str) or kind not in KINDS:
        raise serializers.ValidationError({"type": _refusal(kind)})
    if kind == "reasoning":
        text = _text_of_reasoning(item)
        return Turn("assistant", "", text) if text else None
    if kind in RESULTS:
        return Turn("user", text_of(item.get("output"), "output"))
    call = {"name": item.get("name"), CALLS[kind]: item.get(CALLS[kind])}
    return Turn("assistant", text_of(json.dumps(call, ensure_ascii=False), CALLS[kind]))


def _text_of_reasoning(item: Mapping[str, Any]) -> str:
    """Return the text of a reasoning item, else that of its summary."""
    for name in ("content", "summary"):
        parts = item.get(name)
        if isinstance(parts, list) and parts:
            return "\n\n".join(text_of(part.get("text"), name) for part in parts if isinstance(part, Mapping))
    return ""


def _refusal(kind: Any) -> str:
    if kind == "item_reference":
        return "Responses are not stored, so their items cannot be referred to. Enter the items themselves."
    return f"This server reads text only. Enter one of {', '.join(KINDS)}."
