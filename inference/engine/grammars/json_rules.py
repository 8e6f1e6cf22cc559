"""The rules of JSON in GBNF, and how texts are written in it.

White space is bounded, because models repeat it without end where it is allowed. So are the digits of numbers.
"""

from __future__ import annotations

import json
from typing import Any, Final

INTEGER_DIGITS: Final = 16
FRACTION_DIGITS: Final = 16

RULES: Final = {
    "space": r'" "? | "\n" [ \t]{0,20}',
    "char": r'[^"\\\x7F\x00-\x1F] | [\\] (["\\bfnrt/] | "u" [0-9a-fA-F]{4})',
    "string": r'"\"" char* "\""',
    "fraction": rf'"." [0-9]{{1,{FRACTION_DIGITS}}}',
    "integer": rf'"-"? ("0" | [1-9] [0-9]{{0,{INTEGER_DIGITS - 1}}})',
    "number": r"integer fraction? ([eE] [-+]? [1-9] [0-9]?)?",
    "boolean": '"true" | "false"',
    "null": '"null"',
    "value": "object | array | string | number | boolean | null",
    "member": 'string ":" space value',
    "object": '"{" space (member ("," space member)* space)? "}"',
    "array": '"[" space (value ("," space value)* space)? "]"',
    "date": '[0-9]{4} "-" ("02-" ("0" [1-9] | [12] [0-9]) | ("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") '
    '| ("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]))',
    "time": '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? '
    '("Z" | [+-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])',
    "date-time": 'date "T" time',
    "uuid": '[0-9a-f]{8} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{12}',
}
# What the rules refer to.
USES: Final = {
    "string": ("char",),
    "number": ("integer", "fraction"),
    "member": ("string", "space", "value"),
    "value": ("object", "array", "string", "number", "boolean", "null"),
    "object": ("member", "space"),
    "array": ("value", "space"),
    "date-time": ("date", "time"),
}
FORMATS: Final = ("date", "time", "date-time", "uuid")


def literal(text: str) -> str:
    """Return a text as a literal of GBNF."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def json_literal(value: Any) -> str:
    """Return the literal of a value's JSON."""
    return literal(json.dumps(value, ensure_ascii=False))


def repeated(item: str, least: int, most: int | None) -> str:
    """Return a repetition of an item: a rule's name, a literal, a class or a group in parentheses."""
    if (least, most) == (0, None):
        return f"{item}*"
    if (least, most) == (0, 1):
        return f"{item}?"
    return f"{item}{{{least},{'' if most is None else most}}}"
