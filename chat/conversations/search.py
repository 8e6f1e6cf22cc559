"""Search without case: every text that can be searched has a column beside it, which is written whenever it is.

`str.casefold` is Unicode's own way to forget case ("über" finds "Über", "strasse" finds "Straße"); SQLite's LIKE knows
only that of ASCII.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from django.db import models

MOST_QUERY = 200  # characters
AROUND = 60  # characters of a snippet on each side of what was found


class SearchedQuerySet(models.QuerySet[Any]):
    """Each way of writing many rows at once writes the searched column too; see `Searched`."""

    def update(self, **values: Any) -> int:
        source, column = self.model.SEARCHED
        if source in values and column not in values:
            values[column] = values[source].casefold()
        return super().update(**values)

    def bulk_create(self, rows: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        rows = list(rows)
        for row in rows:
            row.fold_searched()
        return super().bulk_create(rows, *args, **options)

    def bulk_update(self, rows: Iterable[Any], fields: Sequence[str], *args: Any, **options: Any) -> int:
        rows = list(rows)
        for row in rows:
            row.fold_searched()
        return super().bulk_update(rows, self.model.with_searched(fields), *args, **options)

    def containing(self, query: str) -> Self:
        """Rows whose text contains this, in any case."""
        return self.filter(**{f"{self.model.SEARCHED[1]}__contains": query.casefold()})


class Searched(models.Model):
    """A row with a text that can be searched. `SEARCHED`: the text's field, and the one that has it without case."""

    SEARCHED: tuple[str, str]

    objects = SearchedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        self.fold_searched()
        if update_fields is not None:
            update_fields = self.with_searched(update_fields)
        super().save(*args, update_fields=update_fields, **options)

    def fold_searched(self) -> None:
        source, column = self.SEARCHED
        if source not in self.get_deferred_fields():
            setattr(self, column, getattr(self, source).casefold())

    @classmethod
    def with_searched(cls, fields: Iterable[str]) -> list[str]:
        """These fields, and the searched column where its text is among them."""
        source, column = cls.SEARCHED
        fields = list(fields)
        return [*fields, column] if source in fields else fields


def snippet(text: str, query: str) -> str | None:
    """The text around the first place of `query`, on one line; None where it is not in the text."""
    at = text.casefold().find(query.casefold())
    if at < 0:
        return None
    start = _unfolded(text, at)
    end = _unfolded(text, at + len(query.casefold()) - 1) + 1
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    shown = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{shown}{'…' if last < len(text) else ''}"


def _unfolded(text: str, at: int) -> int:
    """The place in `text` of a place in `text.casefold()`: a character may become up to three."""
    folded = 0
    for place, character in enumerate(text):
        folded += len(character.casefold())
        if folded > at:
            return place
    return len(text)
