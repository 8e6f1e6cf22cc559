"""The HTTP request that is being answered, as far as the logs are concerned. See `bitnetsite/access_log.py`."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .recorder import Outcome


@dataclass(slots=True)
class CurrentRequest:
    """`id`: also in the header `X-Request-ID` of the answer. `outcome`: of the generation that it asked for, if any."""

    id: str
    outcome: Outcome | None = None


current_request: ContextVar[CurrentRequest | None] = ContextVar("current_request", default=None)


def request_id() -> str:
    """The id of the current request; a new one outside of any."""
    request = current_request.get()
    return request.id if request else new_id()


def new_id() -> str:
    """32 hexadecimal digits."""
    return uuid.uuid4().hex
