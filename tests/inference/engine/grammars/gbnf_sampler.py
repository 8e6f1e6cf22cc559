"""Random texts of a grammar in GBNF, so that thousands of them can be checked without a model."""

from __future__ import annotations

import random
import re
from typing import Any

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[\w-]+|[()|?*+]|\{\d+,?\d*\})')
ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
DEEP = 12  # after so many rules inside each other, the shortest way is taken
PRINTABLE = "".join(map(chr, range(32, 127))) + "é中😀"


def sample(grammar: str, seed: int) -> str:
    """Return one text that the grammar generates."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines() if line)
    parsed = {name: _alternatives(TOKEN.findall(body)) for name, body in rules.items()}
    return _Sampler(parsed, random.Random(seed)).rule("root", 0)


def _alternatives(tokens: list[str]) -> list[list[tuple[Any, int, int | None]]]:
    branches: list[list[tuple[Any, int, int | None]]] = [[]]
    while tokens and tokens[0] != ")":
        next_one = tokens.pop(0)
        if next_one == "|":
            branches.append([])
            continue
        item: Any = next_one
        if next_one == "(":
            item = _alternatives(tokens)
            assert tokens.pop(0) == ")"
        least, most = 1, 1
        if tokens and tokens[0] in ("?", "*", "+"):
            least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}[tokens.pop(0)]  # type: ignore[assignment]
        elif tokens and tokens[0].startswith("{"):
            counts = tokens.pop(0)[1:-1].split(",")
            least, most = int(counts[0]), int(counts[-1]) if counts[-1] else None  # type: ignore[assignment]
        branches[-1].append((item, least, most))
    return branches


class _Sampler:
    def __init__(self, rules: dict[str, Any], chance: random.Random) -> None:
        self._rules, self._chance = rules, chance
        self._heights = dict.fromkeys(rules, 1000)  # of rules inside each other, on the shortest way
        for _ in rules:
            for name, branches in rules.items():
                self._heights[name] = 1 + min(map(self._height_of_branch, branches))

    def rule(self, name: str, depth: int) -> str:
        return self._branches(self._rules[name], depth + 1)

    def _branches(self, branches: Any, depth: int) -> str:
        branch = min(branches, key=self._height_of_branch) if depth > DEEP else self._chance.choice(branches)
        text = ""
        for item, least, most in branch:
            extra = 0 if depth > DEEP else self._chance.randint(0, 3)
            for _ in range(least + (extra if most is None else min(extra, most - least))):
                text += self._item(item, depth)
        return text

    def _item(self, item: Any, depth: int) -> str:
        if isinstance(item, list):
            return self._branches(item, depth)
        if item.startswith('"'):
            return ESCAPE.sub(_unescaped, item[1:-1])
        if item.startswith("["):
            members = [character for character in PRINTABLE + "\n\t" if re.fullmatch(item, character)]
            return self._chance.choice(members)
        return self.rule(item, depth)

    def _height_of_branch(self, branch: Any) -> int:
        return max((self._height(item) for item, least, _ in branch if least), default=0)

    def _height(self, item: Any) -> int:
        if isinstance(item, list):
            return min(map(self._height_of_branch, item))
        return self._heights.get(item, 0)


def _unescaped(found: re.Match[str]) -> str:
    escape = found[1]
    return chr(int(escape[1:], 16)) if len(escape) > 1 else {"n": "\n", "r": "\r", "t": "\t"}.get(escape, escape)
