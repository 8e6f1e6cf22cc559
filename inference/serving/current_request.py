"""The current HTTP request, for the log. See `bitnetsite/http/access_log.py`."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class CurrentRequest:
    """`id`: also in the header `X-Request-ID` of the response. `generation`: the log fields of the generation that the
    request asked for, once that has ended.
    """

    id: str
    generation: dict[str, Any] | None = None


current_request: ContextVar[CurrentRequest | None] = ContextVar("current_request", default=None)


def request_id() -> str:
    """Return the id of the current request; a new one outside of a request."""
    request = current_request.get()
    return request.id if request else new_id()


def new_id() -> str:
    """Return 32 hexadecimal digits."""
    return uuid.uuid4().hex
