"""Export files for the tests, and conversations to export."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from chat.models import Conversation
from tests.chat.browser import Browser, add, conversation

RECEIPT = {
    "at": "2026-11-23T06:00:00Z",
    "model": "BitNet Demo",
    "finish_reason": "stop",
    "seed": 7,
    "temperature": 0.7,
    "top_p": 0.9,
    "max_tokens": 256,
    "context_size": 2048,
    "threads": None,
    "prompt_tokens": 20,
    "reused_tokens": 0,
    "generated_tokens": 5,
    "timings": {"queue": 0.0, "prompt": 0.1, "first_token": 0.02, "decode": 1},
}


def export(browser: Browser) -> dict[str, Any]:
    return json.loads(browser.download("/chat/export"))


def file(*conversations: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {"format": "bitnet-chat", "version": 1, "conversations": list(conversations)} | head


def exported(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a conversation as in an export file."""
    moment = "2026-11-23T06:00:00Z"
    made = {"id": str(uuid4()), "title": "Untitled", "pinned": False, "created_at": moment, "updated_at": moment}
    return made | {"settings": {}, "leaf": None, "messages": list(messages)} | fields


def message(role: str = "user", parent: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a message as in an export file."""
    made = {"id": str(uuid4()), "parent": parent, "role": role, "status": "complete", "text": "Text"}
    return made | {"created_at": "2026-11-23T06:00:00Z"} | fields


def rich(browser: Browser) -> Conversation:
    """Create a conversation that uses every field."""
    made = conversation(
        browser.owner, "One?", title="Ünï 🙂", pinned=True, temperature=0.0, model="gone", system_prompt="", seed=7
    )
    question = made.messages.get()
    question.files = [{"name": "a b.csv", "text": "x;y\r\n1;2\n```"}, {"name": "ü.md", "text": "# Ü"}]
    question.save()
    first = add(made, question, "One\r\n```py\nprint()\n```", status="length", runs=[RECEIPT, RECEIPT | {"seed": None}])
    add(made, question, "", status="failed", error_code="engine_crashed", error_detail="It died.")
    second = add(made, first, "Two?\u2028 \x01")
    made.leaf = add(made, second, "Two.", status="stopped", window_start=second)
    made.save()
    return made


def shape(data: dict[str, Any]) -> Any:
    """Return an exported conversation with positions instead of ids."""
    positions = {each["id"]: at for at, each in enumerate(data["messages"])} | {None: None}
    messages = [
        each | {name: positions[each[name]] for name in ("id", "parent", "window_start")} for each in data["messages"]
    ]
    return data | {"id": None, "leaf": positions[data["leaf"]], "messages": messages}
