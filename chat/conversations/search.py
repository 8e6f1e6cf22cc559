"""Case-insensitive search: a row has a column with its case-folded texts, written along with them.

`str.casefold` implements Unicode's rules ("über" finds "Über", "strasse" finds "Straße"); SQLite's LIKE ignores the
case of ASCII letters only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.db import models

MAX_QUERY = 200  # characters
SNIPPET_MARGIN = 60  # characters of a snippet on each side of the match


class SearchedQuerySet(models.QuerySet[Any]):
    """Writes the case-folded column in bulk operations too; see `Searched`."""

    def update(self, **values: Any) -> int:
        source, column = self.model.SEARCHED
        if source in values and column not in values:
            values[column] = values[source].casefold()  # of rows that have no other searchable text
        return super().update(**values)

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        rows = list(objs)
        for row in rows:
            row.fold_searched()
        return super().bulk_create(rows, *args, **options)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], *args: Any, **options: Any) -> int:
        rows = list(objs)
        for row in rows:
            row.fold_searched()
        return super().bulk_update(rows, self.model.with_searched(fields), *args, **options)

    def containing(self, query: str) -> Self:
        """Return rows whose text contains the query, ignoring case."""
        return self.filter(**{f"{self.model.SEARCHED[1]}__contains": query.casefold()})


class Searched(models.Model):
    """A row with a searchable text. `SEARCHED`: the field of the text, and the one of the case-folded text.

    `ALSO_SEARCHED`: a field with more to be found, as `more_searched` returns it. Where it has content, the text is not
    changed by `update`, which cannot know it.
    """

    SEARCHED: tuple[str, str]
    ALSO_SEARCHED: str

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        self.fold_searched()
        if update_fields is not None:
            update_fields = self.with_searched(update_fields)
        super().save(*args, update_fields=update_fields, **options)

    def fold_searched(self) -> None:
        source, column = self.SEARCHED
        if not {source, self.ALSO_SEARCHED} & self.get_deferred_fields():
            setattr(self, column, "\n".join([getattr(self, source), *self.more_searched()]).casefold())

    def more_searched(self) -> Iterable[str]:
        """Return the texts that are searched besides the first one."""
        raise NotImplementedError

    @classmethod
    def with_searched(cls, fields: Iterable[str]) -> list[str]:
        """Return these fields, and the case-folded one if a text of it is among them."""
        source, column = cls.SEARCHED
        fields = list(fields)
        return [*fields, column] if {source, cls.ALSO_SEARCHED} & set(fields) else fields


def snippet(text: str, query: str) -> str | None:
    """Return the text around the first match of `query`, on one line, or None where there is no match."""
    at = text.casefold().find(query.casefold())
    if at < 0:
        return None
    start = _unfolded(text, at)
    end = _unfolded(text, at + len(query.casefold()) - 1) + 1
    first, last = max(0, start - SNIPPET_MARGIN), min(len(text), end + SNIPPET_MARGIN)
    shown = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{shown}{'…' if last < len(text) else ''}"


def _unfolded(text: str, at: int) -> int:
    """Return the position in `text` of a position in `text.casefold()`: one character may fold to three."""
    folded = 0
    for place, character in enumerate(text):
        folded += len(character.casefold())
        if folded > at:
            return place
    return len(text)
