"""Limits on grammars that users write: one request must not exhaust the memory of the machine."""

from __future__ import annotations

import re
from typing import Final

MAX_GRAMMAR_CHARS: Final = 65_536
MAX_NESTING: Final = 50
MAX_EXPANSION: Final = 20_000  # items after the repetitions in a rule are written out, as the engine does

_TOKENS = re.compile(
    r'(?P<skip>\s+|\#[^\n]*)|(?P<item>"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[\w-]+)|(?P<open>\()|(?P<close>\))'
    r"|(?P<count>\{\s*(?P<least>\d*)\s*,?\s*(?P<most>\d*)\s*\})|(?P<other>.)",
    re.DOTALL,
)


def grammar_problem(grammar: str) -> str | None:
    """Return why a grammar is not given to the engine, if it is not. Whether it compiles is the engine's to say."""
    stack, total, last = [0], 0, 0
    for token in _TOKENS.finditer(grammar):
        match token.lastgroup:
            case "item":
                last = 1
                stack[-1] += 1
            case "open":
                stack.append(0)
                if len(stack) > MAX_NESTING:
                    return f"Enter a grammar with at most {MAX_NESTING} nested groups."
            case "close" if len(stack) > 1:
                last = stack.pop()
                stack[-1] += last
            case "most" | "least" | "count":
                times = max(int(token["least"] or 0), int(token["most"] or 0), 1)
                stack[-1] += last * (times - 1)
                last *= times
        total = max(total, sum(stack))
        if total > MAX_EXPANSION:
            return f"Enter a grammar with at most {MAX_EXPANSION} items, repetitions such as {{1,100}} written out."
    return None
