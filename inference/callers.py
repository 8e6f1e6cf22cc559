"""Who asks for an answer: what history, limits and metrics know about a request beside its text."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal

Source = Literal["api", "chat", "command"]


@dataclass(frozen=True, slots=True)
class Caller:
    """`request_id`: 32 hexadecimal digits, also told to the client. At most one of user and key is set."""

    source: Source
    user_id: int | None = None
    key_id: int | None = None
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
