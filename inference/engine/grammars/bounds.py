"""Limits on grammars that users write. llama.cpp crashes at some of them, and others take all memory or time.

An item that can be empty in several ways makes llama.cpp follow every combination of them: `("a"?)?` thirty times in a
row has 2³⁰. Repeated, such an item makes it recurse without end. Items that are repeated are written out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

MAX_GRAMMAR_CHARS: Final = 65_536
MAX_NESTING: Final = 50
MAX_EXPANSION: Final = 20_000  # characters and sets after the repetitions are written out
MAX_DIGITS: Final = 9  # of a number of repetitions
MAX_WAYS: Final = 32  # for a sequence to be empty

# Takes linear time for any text: repetitions give nothing back, and a literal or set that is not closed ends with the
# text. Otherwise the server would stand still for minutes at thousands of opening quotation marks.
_TOKENS = re.compile(
    r'(?P<skip>\s+|\#[^\n]*)|(?P<rule>[\w-]++)(?=\s*+::=)|(?P<define>::=)|(?P<literal>"(?:[^"\\]|\\.)*+(?:"|\\?\Z))'
    r"|(?P<set>\[(?:[^\]\\]|\\.)*+(?:\]|\\?\Z)|\.)|(?P<name>[\w-]++)|(?P<open>\()|(?P<close>\))|(?P<or>\|)"
    r"|(?P<once>\?)|(?P<many>[*+])|(?P<counts>\{\s*+(?P<least>\d*+)\s*+,?\s*+(?P<most>\d*+)\s*+\})|(?P<other>.)",
    re.DOTALL,
)

REPEATS_EMPTY: Final = 'Enter a grammar that repeats nothing that can be empty, as in ("a"*)*.'
TOO_AMBIGUOUS: Final = 'Enter a grammar in which optional parts are not optional in several ways, as in ("a"?)?.'
TOO_LARGE: Final = f"Enter a grammar with at most {MAX_EXPANSION} characters and sets, repetitions written out."
TOO_DEEP: Final = f"Enter a grammar with at most {MAX_NESTING} nested groups or signs in a row, and fewer nested rules."


class _TooMuchError(Exception):
    """The message says what to enter."""


@dataclass(slots=True)
class _Item:
    """A rule's name, or something with `size` characters and sets that can be empty in `ways`."""

    name: str = ""
    size: int = 1
    group: list[list[_Item]] | None = None
    optional: bool = False
    repeated: bool = False
    signs: int = 0  # of repetition, after each other


@dataclass(slots=True)
class _Rules:
    bodies: dict[str, list[list[_Item]]] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)


def grammar_problem(grammar: str) -> str | None:
    """Return why a grammar is not given to the engine, if it is not. Whether it compiles is the engine's to say."""
    try:
        rules = _read(grammar)
        for name in rules.bodies:
            _ways_of_rule(rules, name)
    except _TooMuchError as error:
        return str(error)
    except RecursionError:
        return TOO_DEEP
    return None


def _read(grammar: str) -> _Rules:
    """Read the rules. What is no GBNF is skipped."""
    rules = _Rules()
    stack: list[list[list[_Item]]] = [[[]]]
    total = 0
    for token in _TOKENS.finditer(grammar):
        kind, sequence = token.lastgroup, stack[-1][-1]
        if kind == "rule":
            stack = [rules.bodies.setdefault(token["rule"], [[]])]
        elif kind == "or":
            stack[-1].append([])
        elif kind == "open":
            stack.append([[]])
            if len(stack) > MAX_NESTING:
                raise _TooMuchError(TOO_DEEP)
        elif kind == "close" and len(stack) > 1:
            group = stack.pop()
            size = sum(item.size for alternative in group for item in alternative)
            stack[-1][-1].append(_Item(size=size, group=group))
        elif kind in ("literal", "set"):
            size = max(0, len(token["literal"] or "xxx") - 2)
            sequence.append(_Item(size=size, group=[[]] if not size else None))
            total += size
        elif kind == "name":
            sequence.append(_Item(token["name"]))
            total += 1
        elif kind in ("once", "many", "counts") and sequence:
            least, most = (token["least"], token["most"]) if kind == "counts" else ("1" if token[0] == "+" else "0", "")
            before = sequence[-1].size
            if max(len(least), len(most)) > MAX_DIGITS:
                raise _TooMuchError(TOO_LARGE)
            _repeat(sequence[-1], kind, int(least or 0), int(most or 0), open_ended=token[0][-2:] == ",}")
            total += sequence[-1].size - before
        if total > MAX_EXPANSION:
            raise _TooMuchError(TOO_LARGE)
    return rules


def _repeat(item: _Item, kind: str, least: int, most: int, *, open_ended: bool) -> None:
    item.signs += 1
    if item.signs > MAX_NESTING:
        raise _TooMuchError(TOO_DEEP)
    times = max(least, most, 1)
    if item.optional or item.repeated:  # a second sign, as in a?*: applies to the whole
        item.group, item.name = [[_Item(item.name, item.size, item.group, item.optional, item.repeated)]], ""
        item.optional = item.repeated = False
    item.size *= times
    item.optional = least == 0
    item.repeated = kind == "many" or open_ended or times > 1


def _ways_of_rule(rules: _Rules, name: str) -> int:
    if name not in rules.known:
        rules.known[name] = 0  # while it is being counted: the engine refuses a rule that begins with itself
        rules.known[name] = _ways(rules, rules.bodies.get(name, []))
    return rules.known[name]


def _ways(rules: _Rules, alternatives: list[list[_Item]]) -> int:
    """Return in how many ways one of the alternatives can be empty."""
    total = 0
    for sequence in alternatives:
        ways = followed = 1
        for item in sequence:
            here = _ways_of_item(rules, item)
            ways *= here
            followed = followed * here if here else 1
            if followed > MAX_WAYS:
                raise _TooMuchError(TOO_AMBIGUOUS)
        total += ways
    return total


def _ways_of_item(rules: _Rules, item: _Item) -> int:
    alternatives = item.group if item.group is not None else []
    ways = _ways_of_rule(rules, item.name) if item.name else _ways(rules, alternatives)
    if ways and item.repeated:
        raise _TooMuchError(REPEATS_EMPTY)
    return ways + item.optional
