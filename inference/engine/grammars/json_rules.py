"""The rules of JSON, without a schema. The notation follows llama.cpp's `json_schema_to_grammar`.

White space is bounded, since models would repeat it without end. No value begins or ends with white space.
"""

from __future__ import annotations

from typing import Final

_DATE: Final = (
    '[1-9] [0-9]{3} "-" ('
    '("01" | "03" | "05" | "07" | "08" | "10" | "12") "-" ("0" [1-9] | [12] [0-9] | "3" [01])'
    ' | ("04" | "06" | "09" | "11") "-" ("0" [1-9] | [12] [0-9] | "30")'
    ' | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8]))'
)
_TIME: Final = (
    '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? '
    '("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])'
)

# A character of a string. An escaped surrogate counts only as half of a pair, so that each match is one code point.
_CHAR: Final = (
    r'[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" ([0-9a-cA-CefEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}'
    r' | [dD] [89abAB] [0-9a-fA-F]{2} "\\u" [dD] [c-fC-F] [0-9a-fA-F]{2}))'
)

# name: body, and the rules that it uses
RULES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "space": (r'| " " | "\n" [ \t]{0,20}', ()),
    "value": (
        "object | array | string | number | boolean | null",
        ("object", "array", "string", "number", "boolean", "null"),
    ),
    "object": ('"{" space (member ("," space member)*)? "}"', ("space", "member")),
    "member": ('string space ":" space value space', ("string", "space", "value")),
    "array": ('"[" space (value space ("," space value space)*)? "]"', ("space", "value")),
    "string": (r'"\"" char* "\""', ("char",)),
    "char": (_CHAR, ()),
    "plain-char": (r'[^"\\\x00-\x1F\x7F]', ()),
    "number": ('integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?', ("integer",)),
    "integer": ('"-"? ("0" | [1-9] [0-9]{0,14})', ()),
    "boolean": ('"true" | "false"', ()),
    "null": ('"null"', ()),
    "date": (_DATE, ()),
    "time": (_TIME, ()),
    "date-time": ('date "T" time', ("date", "time")),
    "uuid": ('[0-9a-fA-F]{8} "-" ([0-9a-fA-F]{4} "-"){3} [0-9a-fA-F]{12}', ()),
}
FORMATS: Final = ("date", "time", "date-time", "uuid")
