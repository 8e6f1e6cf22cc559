"""Regular expressions as GBNF that matches the same texts inside of a JSON string."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

# The parser of the standard library has no public name. A regular expression of its own grammar would be a second one.
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

from .gbnf import Range, complement, either, json_char, repeat

MAX_PATTERN_CHARS: Final = 2_000

_DIGIT: Final = [(48, 57)]
_WORD: Final = [(48, 57), (65, 90), (95, 95), (97, 122)]
_SPACE: Final = [(9, 13), (32, 32)]
_CATEGORIES: Final[dict[Any, Sequence[Range]]] = {
    op.CATEGORY_DIGIT: _DIGIT,
    op.CATEGORY_NOT_DIGIT: complement(_DIGIT),
    op.CATEGORY_WORD: _WORD,
    op.CATEGORY_NOT_WORD: complement(_WORD),
    op.CATEGORY_SPACE: _SPACE,
    op.CATEGORY_NOT_SPACE: complement(_SPACE),
}
_LINE_ENDS: Final = [(10, 10), (13, 13), (0x2028, 0x2029)]


class PatternError(ValueError):
    """The message says which part of the regular expression has no counterpart in GBNF."""


def pattern_rule(pattern: str, char: str) -> str:
    r"""Return what matches the texts in which `pattern` is found. `char` names the rule of any character.

    As in JSON Schema, a pattern without `^` and `$` may be found anywhere. `\d`, `\w` and `\s` are ASCII.

    Raises PatternError for what GBNF cannot say: look-around, references to groups, anchors in the middle, flags.
    """
    if len(pattern) > MAX_PATTERN_CHARS:
        raise PatternError(f"is too long. At most {MAX_PATTERN_CHARS} characters are supported")
    try:
        parsed = _parser.parse(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(f"is not a regular expression that can be read: {error}") from error
    if parsed.state.flags & ~re.ASCII:
        raise PatternError("has flags")
    return _search(parsed, char)


def _search(parsed: Any, char: str) -> str:
    """Return what matches the texts in which a parsed expression, or an alternative of one, is found."""
    items = list(parsed)
    if len(items) == 1:
        kind, value = items[0]
        if kind is op.BRANCH:
            return either(_search(branch, char) for branch in value[1])
        if kind is op.SUBPATTERN and not value[1] and not value[2]:
            return _search(value[3], char)
    begins = bool(items) and items[0] == (op.AT, op.AT_BEGINNING)
    items = items[begins:]
    ends = bool(items) and items[-1] == (op.AT, op.AT_END)
    body = _sequence(items[:-1] if ends else items)
    return " ".join([*([] if begins else [f"{char}*"]), body, *([] if ends else [f"{char}*"])])


def _sequence(items: Sequence[tuple[Any, Any]]) -> str:
    return " ".join(_item(kind, value) for kind, value in items) or '""'


def _item(kind: Any, value: Any) -> str:
    if kind is op.BRANCH:
        return either(_sequence(branch) for branch in value[1])
    if kind is op.SUBPATTERN:
        _, added, removed, body = value
        if added or removed:
            raise PatternError("has flags")
        return f"({_sequence(body)})"
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, body = value
        if high != 1 and body.getwidth()[0] == 0:
            raise PatternError("repeats what may be empty")
        return repeat(f"({_sequence(body)})", low, None if high is op.MAXREPEAT else high)
    return _one_of(tuple(_characters(kind, value)))


@lru_cache(maxsize=4096)
def _one_of(ranges: tuple[Range, ...]) -> str:
    matching = json_char(ranges)
    if matching is None:
        raise PatternError("has a set without characters")
    return matching


def _characters(kind: Any, value: Any) -> Sequence[Range]:
    """Return the characters that a single-character item matches."""
    if kind is op.LITERAL:
        return [(value, value)]
    if kind is op.NOT_LITERAL:
        return complement([(value, value)])
    if kind is op.ANY:
        return complement(_LINE_ENDS)
    if kind is op.RANGE:
        return [value]
    if kind is op.CATEGORY:
        return _CATEGORIES[value]
    if kind is op.IN:
        negated = value[0] == (op.NEGATE, None)
        ranges = [found for item in value[negated:] for found in _characters(*item)]
        return complement(ranges) if negated else ranges
    raise PatternError(f"uses {_names(kind, value)}, which has no counterpart in GBNF")


def _names(kind: Any, value: Any) -> str:
    if kind is op.AT:
        return "an anchor inside of the expression"
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return "look-around"
    if kind is op.GROUPREF:
        return "a reference to a group"
    return str(kind).lower()
