"""Regular expressions of JSON Schema's `pattern`, as far as GBNF can express them, inside a JSON string."""

from __future__ import annotations

import re
from typing import Final

from .json_rules import json_literal

MAX_REPETITIONS: Final = 1000
SHORTHANDS: Final = {"d": "0-9", "w": "a-zA-Z0-9_", "s": " "}  # a JSON string contains no other plain white space
ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
SPECIAL: Final = "^$.|?*+()[]{}\\"
OUTSIDE: Final = r"\"\\\x00-\x1F\x7F"  # what stands in a JSON string only as an escape
ANYTHING: Final = "char*"
ANY_CHARACTER: Final = f"[^{OUTSIDE}]"

_COUNTS = re.compile(r"\{(\d+)(,?)(\d*)\}")


class UnsupportedPattern(Exception):
    """The pattern has a part that GBNF cannot express."""


def pattern_rule(pattern: str) -> str:
    """Return the rule's body for the characters of a string that matches. An end without an anchor is open."""
    starts, ends = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith("\\$")
    parser = _Parser(pattern[starts : len(pattern) - ends])
    body = f"({parser.alternatives()})"
    if parser.rest:
        raise UnsupportedPattern(f"{parser.rest[0]} has no counterpart")
    return " ".join([*([] if starts else [ANYTHING]), body, *([] if ends else [ANYTHING])])


class _Parser:
    """Recursive descent over one pattern. `rest`: what has not been read."""

    def __init__(self, pattern: str) -> None:
        self.rest = pattern

    def alternatives(self) -> str:
        branches = [self._sequence()]
        while self.rest.startswith("|"):
            self._take()
            branches.append(self._sequence())
        return " | ".join(branches)

    def _sequence(self) -> str:
        items = []
        while self.rest and self.rest[0] not in "|)":
            items.append(self._atom() + self._quantifier())
        return " ".join(items) or '""'

    def _atom(self) -> str:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == ".":
            return ANY_CHARACTER
        if character == "\\":
            name = self._take()
            if name in SHORTHANDS:
                return f"[{SHORTHANDS[name]}]"
            if name.lower() in SHORTHANDS:
                return f"[^{SHORTHANDS[name.lower()]}{OUTSIDE}]"
            return _character(self._escaped(name))
        if character in SPECIAL:
            raise UnsupportedPattern(f"{character} is not supported here")
        return _character(character)

    def _group(self) -> str:
        if self.rest.startswith("?:"):
            self.rest = self.rest[2:]
        elif self.rest.startswith("?"):
            raise UnsupportedPattern(f"the group ({self.rest[:3]}…) is not supported")
        inner = self.alternatives()
        if self._take() != ")":
            raise UnsupportedPattern("a group is not closed")
        return f"({inner})"

    def _class(self) -> str:
        negated = self.rest.startswith("^")
        if negated:
            self._take()
        parts = []
        while not self.rest.startswith("]"):
            character = self._take()
            name = self._take() if character == "\\" else ""
            if name in SHORTHANDS and name:
                parts.append(SHORTHANDS[name])
            else:
                parts.append(self._class_character(self._escaped(name) if name else character, plain=not name))
        self._take()
        if not parts:
            raise UnsupportedPattern("an empty class matches nothing")
        return f"[^{''.join(parts)}{OUTSIDE}]" if negated else f"[{''.join(parts)}]"

    def _class_character(self, character: str, *, plain: bool) -> str:
        if character in '"\\' or ord(character) < ord(" "):
            raise UnsupportedPattern("a class with quotes, backslashes or control characters is not supported")
        return character if plain and character == "-" else _escape_in_class(character)

    def _escaped(self, name: str) -> str:
        if name in ESCAPES:
            return ESCAPES[name]
        if name == "u" and re.match(r"[0-9a-fA-F]{4}", self.rest):
            code, self.rest = self.rest[:4], self.rest[4:]
            return chr(int(code, 16))
        if name.isalnum():
            raise UnsupportedPattern(f"\\{name} is not supported")
        return name

    def _quantifier(self) -> str:
        if self.rest[:1] in ("*", "+", "?") and self.rest:
            quantifier = self._take()
        elif counts := _COUNTS.match(self.rest):
            self.rest = self.rest[counts.end() :]
            least, comma, most = counts.groups()
            if max(int(least), int(most or 0)) > MAX_REPETITIONS:
                raise UnsupportedPattern(f"more than {MAX_REPETITIONS} repetitions are not supported")
            quantifier = f"{{{least},{most if comma else least}}}"
        else:
            return ""
        if self.rest.startswith("?"):
            self._take()  # lazy: the same strings match
        return quantifier

    def _take(self) -> str:
        if not self.rest:
            raise UnsupportedPattern("it ends too early")
        character, self.rest = self.rest[0], self.rest[1:]
        return character


def _character(character: str) -> str:
    """Return a character as it stands in a JSON string."""
    literal = json_literal(character)
    return f'"{literal[3:-3]}"'  # without the quotes of JSON


def _escape_in_class(character: str) -> str:
    return f"\\x{ord(character):02X}" if character in "[]^-" else character
