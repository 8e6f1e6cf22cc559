"""Strings and numbers of a JSON Schema as GBNF."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from .gbnf import repeat
from .json_rules import FORMATS
from .keywords import Keywords, at, impossible, unsupported
from .numbers import Bounds, integer_between, number_between
from .patterns import PatternError, pattern_rule


class Converter(Protocol):
    """What the parts of a conversion need of it."""

    def builtin(self, name: str) -> str: ...

    def rule(self, schema: object, path: str) -> str: ...

    def add(self, hint: str, body: str) -> str: ...


def string_body(converter: Converter, keywords: Keywords, path: str) -> str:
    """Return what matches the strings that a schema allows, with their quotation marks."""
    if keywords.get("format") not in FORMATS:  # an annotation, as the standard says of all formats by default
        keywords = {name: value for name, value in keywords.items() if name != "format"}
    given = [name for name in ("pattern", "format") if name in keywords]
    lengths = [name for name in ("minLength", "maxLength") if name in keywords]
    if len(given) == 2 or (given and lengths):
        unsupported(path, (given + lengths)[1], f"is not supported next to {given[0]}. Say both in the pattern.")
    if "format" in keywords:
        return rf'"\"" {converter.builtin(keywords["format"])} "\""'
    if "pattern" in keywords:
        try:
            return rf'"\"" {pattern_rule(keywords["pattern"], converter.builtin("char"))} "\""'
        except PatternError as error:
            unsupported(path, "pattern", f"{error}.")
    if not lengths:
        return converter.builtin("string")
    low, high = int(keywords.get("minLength", 0)), keywords.get("maxLength")
    if high is not None and low > high:
        impossible(path, "allows no string: minLength is larger than maxLength.")
    return rf'"\"" {repeat(converter.builtin("char"), low, None if high is None else int(high))} "\""'


def number_body(converter: Converter, kind: str, keywords: Keywords, path: str) -> str:
    """Return what matches the numbers, or integers, that a schema allows."""
    bounds = _bounds(keywords)
    if bounds == Bounds():
        return converter.builtin(kind)
    found = integer_between(bounds) if kind == "integer" else number_between(bounds)
    if found is None:
        impossible(at(path), f"allows no {kind} that can be written: no integer lies within its bounds.")
    return str(found)


def _bounds(keywords: Keywords) -> Bounds:
    low, high = _exact(keywords, "minimum"), _exact(keywords, "maximum")
    above, below = _exact(keywords, "exclusiveMinimum"), _exact(keywords, "exclusiveMaximum")
    is_above = above is not None and (low is None or above >= low)
    is_below = below is not None and (high is None or below <= high)
    return Bounds(above if is_above else low, below if is_below else high, is_above, is_below)


def _exact(keywords: Keywords, name: str) -> Fraction | None:
    return Fraction(str(keywords[name])) if name in keywords else None
