"""The error that the chat's operations raise for requests that they refuse."""

from __future__ import annotations

from typing import Any


class ChatError(Exception):
    """A refused request. `code` and `detail` are as in the API; `fields`: the invalid fields and what is wrong."""

    def __init__(self, code: str, detail: str, fields: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.fields = code, detail, fields


def invalid_field(name: str, problem: str) -> ChatError:
    """Return the error for one invalid field of a frame."""
    return ChatError("frame_invalid", "The frame has invalid fields.", {name: [problem]})


def not_found(what: str) -> ChatError:
    """Return the error for a row that does not exist or belongs to another owner: the two look the same."""
    return ChatError("not_found", f"There is no such {what}. It may have been deleted: reload the page.")
