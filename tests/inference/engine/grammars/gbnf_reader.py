"""Reads GBNF as llama.cpp does, and tells which texts follow it, or writes some that do."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

Node = tuple[Any, ...]
_TOKEN = re.compile(
    r'\s*(?:(?P<literal>"(?:\\.|[^"\\])*")|(?P<set>\[(?:\\.|[^\]\\])*\])|(?P<name>[a-zA-Z0-9-]+)'
    r"|(?P<repeat>\{\d+(?:,\d*)?\}|[*+?])|(?P<other>[()|]))"
)
_CHAR = re.compile(r"\\x(..)|\\u(....)|\\U(.{8})|\\(.)|(.)", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r"}


def read(grammar: str) -> dict[str, Node]:
    rules = {}
    for line in grammar.splitlines():
        name, body = line.split(" ::= ", 1)
        tokens = [(match.lastgroup, match[match.lastgroup]) for match in _TOKEN.finditer(body) if match.lastgroup]
        assert not _TOKEN.sub("", body).strip(), line
        rules[name] = _alternatives(iter([*tokens, ("end", "")]))
    return rules


def _alternatives(tokens: Iterator[tuple[str, str]]) -> Node:
    found: list[list[Node]] = [[]]
    for kind, text in tokens:
        match kind, text:
            case ("end", _) | ("other", ")"):
                break
            case "other", "(":
                found[-1].append(_alternatives(tokens))
            case "other", "|":
                found.append([])
            case "literal", _:
                found[-1].append(("literal", "".join(chr(code) for code in _chars(text[1:-1]))))
            case "set", _:
                found[-1].append(("set", text.startswith("[^"), _ranges(text[1:-1].removeprefix("^"))))
            case "name", _:
                found[-1].append(("rule", text))
            case _:
                low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(text) or _counts(text[1:-1])
                found[-1].append(("repeat", found[-1].pop(), low, high))
    return ("either", [("sequence", sequence) for sequence in found])


def _counts(text: str) -> tuple[int, int | None]:
    low, comma, high = text.partition(",")
    return int(low), int(high) if high else None if comma else int(low)


def _chars(text: str) -> list[int]:
    codes = []
    for match in _CHAR.finditer(text):
        digits = match[1] or match[2] or match[3]
        codes.append(int(digits, 16) if digits else ord(_SHORT.get(match[4], match[4]) if match[4] else match[5]))
    return codes


def _ranges(text: str) -> list[tuple[int, int]]:
    units = [match[0] for match in _CHAR.finditer(text)]
    ranges, i = [], 0
    while i < len(units):
        (low,) = (high,) = _chars(units[i])
        if i + 2 < len(units) and units[i + 1] == "-":
            (high,) = _chars(units[i + 2])
            i += 2
        ranges.append((low, high))
        i += 1
    return ranges


def accepts(grammar: str, text: str) -> bool:
    """Return whether the whole text follows the grammar."""
    rules, seen = read(grammar), {}

    def ends(node: Node, start: int) -> set[int]:
        key = (id(node), start)
        if key not in seen:
            seen[key] = _ends(node, start)
        return seen[key]

    def _ends(node: Node, start: int) -> set[int]:
        match node:
            case "literal", expected:
                return {start + len(expected)} if text.startswith(expected, start) else set()
            case "set", negated, ranges:
                if start == len(text):
                    return set()
                inside = any(low <= ord(text[start]) <= high for low, high in ranges)
                return {start + 1} if inside != negated else set()
            case "rule", name:
                return ends(rules[name], start)
            case "either", nodes:
                return set().union(*(ends(inner, start) for inner in nodes))
            case "sequence", nodes:
                reached = {start}
                for inner in nodes:
                    reached = set().union(*(ends(inner, place) for place in reached))
                return reached
            case "repeat", inner, low, high:
                reached, found, count = {start}, set() if low else {start}, 0
                while reached and (high is None or count < high):
                    count += 1
                    reached = set().union(*(ends(inner, place) for place in reached)) - (
                        found if count > low else set()
                    )
                    found |= reached if count >= low else set()
                return found
        raise AssertionError(node)

    return len(text) in ends(rules["root"], 0)


def written(grammar: str, chance: random.Random, depth: int = 40) -> str:
    """Return a text that follows the grammar. Deep inside, it takes the alternative that ends soonest."""
    rules = read(grammar)

    def write(node: Node, depth: int) -> str:
        if depth < -120:
            raise RecursionError
        match node:
            case "literal", expected:
                return str(expected)
            case "set", negated, ranges:
                if negated:
                    return chance.choice(
                        [c for c in "ab zé€😀" if not any(low <= ord(c) <= high for low, high in ranges)]
                    )
                low, high = chance.choice(ranges)
                return chr(chance.randint(low, min(high, 0xD7FF if low < 0xD800 else high)))
            case "rule", name:
                return write(rules[name], depth - 1)
            case "either", nodes:
                for inner in chance.sample(nodes, len(nodes)) if depth > 0 else nodes[::-1]:
                    try:
                        return write(inner, depth - 1)
                    except RecursionError:
                        continue
                raise RecursionError
            case "sequence", nodes:
                return "".join(write(inner, depth) for inner in nodes)
            case "repeat", inner, low, high:
                most = low + 3 if high is None else min(high, low + 3)
                return "".join(write(inner, depth) for _ in range(chance.randint(low, most) if depth > 0 else low))
        raise AssertionError(node)

    return write(rules["root"], depth)
