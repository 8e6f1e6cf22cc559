"""Objects of a JSON Schema in GBNF: properties in their order, each with its comma, whichever are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .errors import UnsupportedSchema
from .json_rules import json_literal, literal
from .keywords import Path, Schema


class Rules(Protocol):
    """The rules of the grammar so far."""

    def define(self, path: Path, body: str) -> str:
        """Add a rule named after a part of the schema, and return its name."""

    def rule(self, name: str) -> str:
        """Use a rule of JSON, and return its name."""


def object_body(rules: Rules, used: Schema, path: Path, value: Callable[[Any, Path], str]) -> str:
    """Return the name of a rule for the objects of a schema. `value` converts the schema of a property.

    From the last property to the first, two rules say what may follow: `rest` after another property, and so after a
    comma, and `first` where none has come. Their number is linear in that of the properties.
    """
    properties, required = used.get("properties", {}), used.get("required", [])
    if not isinstance(properties, Mapping) or not isinstance(required, list):
        raise UnsupportedSchema(path, "Enter properties as an object, and required as a list.")
    missing = [name for name in required if name not in properties]
    # Without any property or `additionalProperties`, the object is open; else only what is named is generated.
    extra = used.get("additionalProperties", not properties or bool(missing))
    if missing and extra is False:
        raise UnsupportedSchema((*path, "required"), f"{missing[0]} is not among the properties.")
    properties = dict(properties) | dict.fromkeys(missing, extra)
    comma = f'"," {rules.rule("space")}'
    rest, first = "space", '""'
    if extra is not False:
        key = rules.define((*path, "key"), _other_keys(tuple(properties)))
        rules.rule("char")
        pair = f'{key} ":" space {value(extra, (*path, "additionalProperties"))}'
        rest = rules.define((*path, "more"), f"({comma} {pair})* space")
        first = rules.define((*path, "first"), f"({pair} {rest})?")
    for name, schema in reversed(properties.items()):
        at = (*path, "properties", name) if name in used.get("properties", {}) else (*path, "additionalProperties")
        pair = rules.define((*path, name), f'{json_literal(name)} ":" space {value(schema, at)}')
        begun = f"{pair} {rest}"
        if name in required:
            first, rest = begun, rules.define((*path, name, "rest"), f"{comma} {begun}")
        else:
            first = rules.define((*path, name, "first"), f"{begun} | {first}")
            rest = rules.define((*path, name, "rest"), f"({comma} {pair})? {rest}")
    return rules.define(path, f'"{{" space {first} "}}"')


def _other_keys(names: tuple[str, ...]) -> str:
    """Return the body of a rule for strings that are none of the names.

    A name that JSON writes with an escape is not excluded: it could not be compared by characters.
    """
    plain = [name for name in names if json_literal(name) == literal(f'"{name}"') and '"' not in name]
    return f'"\\"" {_unlike(plain)} "\\""' if plain else '"\\"" char* "\\""'


def _unlike(names: list[str]) -> str:
    """Return what generates the rest of a string that is none of these rests of names."""
    branches: dict[str, list[str]] = {}
    for name in names:
        if name:
            branches.setdefault(name[0], []).append(name[1:])
    excluded = "".join(f"\\x{ord(each):02X}" if ord(each) < 128 else each for each in branches)
    options = [f'[^"\\\\\\x7F\\x00-\\x1F{excluded}] char*']
    options += [f"{literal(start)} {_unlike(rests)}" for start, rests in branches.items()]
    return f"({' | '.join(options)})" + ("" if "" in names else "?")
