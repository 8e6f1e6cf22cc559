"""The caller of a generation, as history, metrics and the log record it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .current_request import request_id

# The native API and the other protocols, the chat page, `manage.py`, and the administration.
Source = Literal["api", "openai", "ollama", "chat", "command", "admin"]


@dataclass(frozen=True, slots=True)
class Caller:
    """At most one of `user_id` and `key_id` is set.

    `request_id`: 8 to 64 letters, digits and hyphens; the client receives it too. `reproduces`: the generation in the
    history that this one repeats. `private`: the history gets none of the texts, whatever the settings are.
    """

    source: Source
    user_id: int | None = None
    key_id: int | None = None
    request_id: str = field(default_factory=request_id)
    reproduces: int | None = None
    private: bool = False
