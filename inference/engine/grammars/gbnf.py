"""The notation of grammars in llama.cpp (GBNF): literals, sets of characters, repetitions, and named rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

Range = tuple[int, int]  # code points, both included

LAST: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xDFFF)
_PLAIN: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz !#$%&'()*+,./:;<=>?@_`{|}~-")
_SHORT_ESCAPES: Final = {8: "b", 9: "t", 10: "n", 12: "f", 13: "r", 34: '"', 92: "\\"}


def literal(text: str) -> str:
    """Return a literal that matches `text`."""
    return '"' + "".join(_escaped(ord(char)) for char in text) + '"'


def charset(ranges: Iterable[Range]) -> str:
    """Return a set that matches one of the characters in `ranges`, which are not empty."""
    return "[" + "".join(_escaped_range(low, high) for low, high in ranges) + "]"


def repeat(item: str, low: int, high: int | None) -> str:
    """Return `item`, one symbol or a group, repeated `low` to `high` times; without an upper bound for None."""
    match low, high:
        case 0, None:
            return f"{item}*"
        case 1, None:
            return f"{item}+"
        case 0, 1:
            return f"{item}?"
        case 1, 1:
            return item
        case _, 0:
            return '""'
        case _ if low == high:
            return f"{item}{{{low}}}"
    return f"{item}{{{low},{'' if high is None else high}}}"


def either(alternatives: Iterable[str]) -> str:
    """Return a group that matches one of `alternatives`."""
    unique = list(dict.fromkeys(alternatives))
    return f"({' | '.join(unique)})"


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Return `ranges` in order, without overlaps."""
    result: list[Range] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = result[-1][0], max(high, result[-1][1])
        else:
            result.append((low, high))
    return result


def complement(ranges: Iterable[Range]) -> list[Range]:
    """Return all characters outside of `ranges`."""
    result: list[Range] = []
    start = 0
    for low, high in merged(ranges):
        if low > start:
            result.append((start, low - 1))
        start = high + 1
    return [*result, (start, LAST)] if start <= LAST else result


def json_char(ranges: Iterable[Range]) -> str | None:
    """Return what matches one of the characters in `ranges` inside of a JSON string; None if there are none.

    Quotation mark, backslash and control characters are written with their escape.
    """
    wanted = complement([*complement(ranges), _SURROGATES])
    escaped = [code for code in (*range(32), 34, 92) if any(low <= code <= high for low, high in wanted)]
    bare = complement([*complement(wanted), (0, 31), (34, 34), (92, 92)])
    parts = [charset(bare)] if bare else []
    parts += [literal("\\" + _SHORT_ESCAPES.get(code, f"u{code:04x}")) for code in escaped]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else either(parts)


class Rules:
    """The named rules of a grammar. The same body gets the same name."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._reserved: dict[str, int] = {}  # by name: the last number that was appended to it

    def reserve(self, hint: str) -> str:
        """Return a name like `hint` that no rule has. Its body follows with `define`."""
        base = re.sub(r"[^a-zA-Z0-9]+", "-", hint).strip("-")[:40] or "rule"
        name, number = base, self._reserved.get(base, 1)
        while name in self._reserved:
            number += 1
            name = f"{base}-{number}"
        self._reserved[base] = number  # counting from 2 every time would be slow with thousands of rules
        self._reserved.setdefault(name, 1)
        return name

    def define(self, name: str, body: str) -> None:
        """Give a reserved name its body."""
        self._bodies[name] = body

    def add(self, hint: str, body: str) -> str:
        """Return the name of a rule with this body; a new one is named like `hint`."""
        if body not in self._names:
            self._names[body] = self.reserve(hint)
            self.define(self._names[body], body)
        return self._names[body]

    def defined(self, name: str) -> bool:
        """Return whether the rule with this name has its body."""
        return name in self._bodies

    def used(self) -> set[str]:
        """Return the names in the bodies, and what looks like one."""
        return {name for body in self._bodies.values() for name in re.findall(r"[a-zA-Z0-9-]+", body)}

    def text(self) -> str:
        """Return the grammar."""
        return "".join(f"{name} ::= {body}\n" for name, body in self._bodies.items())


def _escaped(code: int) -> str:
    if code in _PLAIN:
        return chr(code)
    if code in (34, 92):
        return f"\\{chr(code)}"
    return f"\\x{code:02X}" if code < 128 else f"\\U{code:08X}"


def _escaped_range(low: int, high: int) -> str:
    return _in_set(low) if low == high else f"{_in_set(low)}-{_in_set(high)}"


def _in_set(code: int) -> str:
    """Return a character of a set. A hyphen or a caret would be read as notation."""
    return f"\\x{code:02X}" if code in (45, 94) else _escaped(code)
