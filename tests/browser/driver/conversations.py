"""Conversations in the format of an export, for tests that need many, long or unusual ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

NOW = datetime.now(UTC)

Json = dict[str, Any]


def file_of(conversations: Sequence[Json]) -> Json:
    return {"format": "bitnet-chat", "version": 1, "exported_at": NOW.isoformat(), "conversations": list(conversations)}


def conversation(*texts: str, title: str = "Imported", age: float = 0, **fields: Any) -> Json:
    """Return a conversation of alternating questions and answers, used `age` seconds ago. `fields` override its own."""
    last = NOW - timedelta(seconds=age)
    messages: list[Json] = []
    for number, text in enumerate(texts):
        message = {
            "id": str(uuid4()),
            "parent": messages[-1]["id"] if messages else None,
            "role": "assistant" if number % 2 else "user",
            "status": "complete",
            "text": text,
            "created_at": (last - timedelta(seconds=len(texts) - number)).isoformat(),
            "error": None,
            "runs": [],
            "window_start": None,
        }
        messages.append(message)
    made = {"created_at": (messages[0] if messages else {"created_at": last.isoformat()})["created_at"]}
    head = {"id": str(uuid4()), "title": title, "pinned": False, "updated_at": last.isoformat(), "settings": {}}
    return head | made | fields | {"leaf": messages[-1]["id"] if messages else None, "messages": messages}


def receipt(**fields: Any) -> Json:
    """Return the receipt of an answer."""
    made = {"at": NOW.isoformat(), "model": "BitNet", "finish_reason": "stop", "seed": 7, "temperature": 0.7}
    made |= {"top_p": 0.9, "max_tokens": 256, "context_size": 2048, "threads": 1}
    made |= {"prompt_tokens": 40, "reused_tokens": 10, "generated_tokens": 20}
    return made | {"timings": {"queue": 0.0, "prompt": 0.2, "first_token": 0.1, "decode": 1.0}} | fields
