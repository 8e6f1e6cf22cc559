"""The tags of a conversation: a column with a line for each, in which one tag is found without a second table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _ListAsText = models.TextField[list[str], list[str]]
else:
    _ListAsText = models.TextField


def as_line(tag: str) -> str:
    """Return a tag as it is in the column: between two line ends, so that no other tag contains it."""
    return f"\n{tag}\n"


class TagsField(_ListAsText):
    """A list of tags. A search of the column (`contains`) takes a text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": list} | options)

    def from_db_value(self, value: str, *args: Any) -> list[str]:
        return value.split("\n")[1:-1]

    def to_python(self, value: Any) -> list[str]:
        return value if isinstance(value, list) else str(value).split("\n")[1:-1]

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, list):
            return as_line("\n".join(value)) if value else ""
        return str(value)
