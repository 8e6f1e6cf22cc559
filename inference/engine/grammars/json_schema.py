"""JSON Schema (draft 2020-12) to GBNF.

The grammar generates only values of the schema, though not all of them: properties come in the schema's order, those
that the schema does not name only where `additionalProperties` or `items` allows them in so many words, and numbers and
white space are bounded. What cannot be enforced is refused. `oneOf` is taken as `anyOf`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from .errors import UnsupportedSchema
from .json_rules import FORMATS, RULES, USES, json_literal, repeated
from .keywords import RESTRICTIONS, TYPES, Path, Schema, checked, merged, pointed
from .numbers import integer_range, number_range
from .objects import object_body
from .patterns import MAX_REPETITIONS, UnsupportedPattern, pattern_rule

MAX_DEPTH: Final = 32
MAX_RULES: Final = 2_000


def json_object_grammar() -> str:
    """Return the grammar of any JSON object."""
    return json_schema_grammar({"type": "object"})


def json_schema_grammar(schema: Any) -> str:
    """Return a grammar that generates JSON of this schema only. Raise UnsupportedSchema."""
    return _Converter(schema).grammar()


class _Converter:
    """Collects the rules of one schema."""

    def __init__(self, schema: Any) -> None:
        self._root = schema
        self._rules: dict[str, str] = {}
        self._references: dict[str, str] = {}

    def grammar(self) -> str:
        root = self._value(self._root, (), 0)
        rules = {"root": root, **self._rules}
        return "\n".join(f"{name} ::= {body}" for name, body in rules.items()) + "\n"

    # Rules

    def define(self, path: Path, body: str) -> str:
        """Add a rule named after a part of the schema, and return its name."""
        name = base = re.sub(r"[^a-zA-Z0-9]+", "-", "-".join(("s", *path[-3:]))).strip("-")
        number = 1
        while name in self._rules:
            number += 1
            name = f"{base}-{number}"
        self._rules[name] = body
        if len(self._rules) > MAX_RULES:
            raise UnsupportedSchema((), f"The schema is too large: it needs more than {MAX_RULES} rules.")
        return name

    def rule(self, name: str) -> str:
        """Use a rule of JSON, with those that it refers to, and return its name."""
        if name not in self._rules:
            self._rules[name] = RULES[name]
            for used in USES.get(name, ()):
                self.rule(used)
        return name

    # Values

    def _value(self, schema: Any, path: Path, depth: int) -> str:
        """Return what generates a value of a schema: the name of a rule, or a literal."""
        if depth > MAX_DEPTH:
            raise UnsupportedSchema(path, f"The schema is nested more than {MAX_DEPTH} deep.")
        parts = checked(schema, path)
        if "$ref" in parts:
            return self._reference(parts, path, depth)
        if "allOf" in parts:
            return self._value(self._all_of(parts, path), path, depth + 1)
        for name in ("anyOf", "oneOf"):
            if name in parts:
                return self._any_of(name, parts, path, depth)
        if "const" in parts:
            return json_literal(parts["const"])
        if "enum" in parts:
            return self._enum(parts, path)
        return self._typed(parts, path, depth)

    def _reference(self, parts: Schema, path: Path, depth: int) -> str:
        reference = parts.pop("$ref")
        target = pointed(self._root, reference, (*path, "$ref"))
        if parts:
            return self._value({"allOf": [target, parts]}, path, depth + 1)
        if reference not in self._references:  # the name comes before the rule, which may refer to itself
            name = self._references[reference] = self.define(("ref", *reference.split("/")[1:]), "")
            self._rules[name] = self._value(target, (*path, "$ref"), depth + 1)
            if self._rules[name] == name:
                raise UnsupportedSchema((*path, "$ref"), "The reference leads to itself.")
        return self._references[reference]

    def _all_of(self, parts: Schema, path: Path) -> Schema:
        schemas = _list(parts.pop("allOf"), (*path, "allOf"))
        for number, each in enumerate(schemas):
            part = checked(each, (*path, "allOf", str(number)))
            for _ in range(MAX_DEPTH):
                if "$ref" not in part:
                    break
                target = pointed(self._root, part.pop("$ref"), (*path, "allOf", str(number), "$ref"))
                part = merged(checked(target, (*path, "allOf", str(number))), part, path)
            parts = merged(parts, part, path)
        return parts

    def _any_of(self, name: str, parts: Schema, path: Path, depth: int) -> str:
        options = _list(parts.pop(name), (*path, name))
        if parts:
            options = [{"allOf": [parts, option]} for option in options]
        return self._choice(
            [self._value(option, (*path, name, str(number)), depth + 1) for number, option in enumerate(options)], path
        )

    def _enum(self, parts: Schema, path: Path) -> str:
        kind = parts.get("type")
        allowed = set(kind if isinstance(kind, list) else [kind])
        values = _list(parts["enum"], (*path, "enum"))
        if kind is not None:
            values = [value for value in values if _types(value) & allowed]
        if not values:
            raise UnsupportedSchema((*path, "enum"), "Enter at least one value of the type.")
        return self._choice([json_literal(value) for value in values], path)

    def _typed(self, parts: Schema, path: Path, depth: int) -> str:
        kind = parts.get("type")
        if kind is None:
            kind = [each for each in RESTRICTIONS if any(name in parts for name in RESTRICTIONS[each])][:1] or None
            if kind is None:
                return self.rule("value")
        if isinstance(kind, list):
            singles = [parts | {"type": each} for each in _list(kind, (*path, "type"))]
            return self._choice([self._typed(single, path, depth + 1) for single in singles], path)
        if kind not in TYPES:
            raise UnsupportedSchema((*path, "type"), f"Enter one of {', '.join(TYPES)}.")
        used = {name: parts[name] for name in RESTRICTIONS.get(kind, ()) if parts.get(name) is not None}
        if not used:
            return self.rule(kind)
        if kind == "object":
            return object_body(self, used, path, lambda schema, at: self._value(schema, at, depth + 1))
        if kind == "array":
            return self._array(used, path, depth)
        if kind == "string":
            return self._string(used, path)
        return self._number(kind, used, path)

    def _choice(self, options: list[str], path: Path) -> str:
        """Return what generates one of the options."""
        different = list(dict.fromkeys(options))
        return different[0] if len(different) == 1 else self.define(path, " | ".join(different))

    # Types

    def _array(self, used: Schema, path: Path, depth: int) -> str:
        first = _list(used.get("prefixItems", []), (*path, "prefixItems"), empty=True)
        least, most = _count(used, "minItems", path, 0), _count(used, "maxItems", path, None)
        if most is not None and most < (least or 0):
            raise UnsupportedSchema((*path, "maxItems"), "Enter at least minItems.")
        rest = used.get("items", not first and "prefixItems" not in used)
        items = [
            self._value(item, (*path, "prefixItems", str(number)), depth + 1)
            for number, item in enumerate(first[:most] if most is not None else first)
        ]
        comma = f'"," {self.rule("space")}'
        more = ""
        if rest is not False and (most is None or most > len(items)):
            item = self._value(rest, (*path, "items"), depth + 1)
            left = None if most is None else most - len(items)
            needed = max(0, (least or 0) - len(items))
            if items:
                more = repeated(f"({comma} {item})", needed, left)
            else:
                tail = repeated(f"({comma} {item})", max(0, needed - 1), None if left is None else left - 1)
                more = f"{item} {tail}" if needed else f"({item} {tail} space)?"
        elif (least or 0) > len(items):
            raise UnsupportedSchema((*path, "minItems"), "There are fewer items than that.")
        optional = more.endswith("space)?")
        body = " ".join(filter(None, [f" {comma} ".join(items), more]))
        ending = "" if optional or not body else " space"
        return self.define(path, f'"[" space {body}{ending} "]"')

    def _string(self, used: Schema, path: Path) -> str:
        least, most = _count(used, "minLength", path, 0), _count(used, "maxLength", path, None)
        limited = (least, most) != (0, None)
        if "pattern" in used:
            if limited:
                raise UnsupportedSchema((*path, "pattern"), "Enter either a pattern or lengths.")
            try:
                body = pattern_rule(str(used["pattern"]))
            except UnsupportedPattern as error:
                raise UnsupportedSchema((*path, "pattern"), f"This pattern cannot be enforced: {error}.") from None
            self.rule("char")
            return self.define(path, f'"\\"" {body} "\\""')
        if used.get("format") in FORMATS and not limited:
            return self.define(path, f'"\\"" {self.rule(used["format"])} "\\""')
        if not limited:
            return self.rule("string")
        if most is not None and most < (least or 0):
            raise UnsupportedSchema((*path, "maxLength"), "Enter at least minLength.")
        return self.define(path, f'"\\"" {repeated(self.rule("char"), least or 0, most)} "\\""')

    def _number(self, kind: str, used: Schema, path: Path) -> str:
        low, high = used.get("minimum"), used.get("maximum")
        for name in ("exclusiveMinimum", "exclusiveMaximum"):
            if name in used and kind == "number":
                raise UnsupportedSchema((*path, name), "Exclusive limits are enforced for integers only.")
        for name, value in used.items():
            if type(value) not in (int, float) or value != int(value):
                raise UnsupportedSchema((*path, name), "Enter a whole number: other limits cannot be enforced.")
        lows = [int(low)] if low is not None else []
        highs = [int(high)] if high is not None else []
        lows += [int(used["exclusiveMinimum"]) + 1] if "exclusiveMinimum" in used else []
        highs += [int(used["exclusiveMaximum"]) - 1] if "exclusiveMaximum" in used else []
        least, most = max(lows, default=None), min(highs, default=None)
        if least is not None and most is not None and least > most:
            raise UnsupportedSchema(path, "No number is within the limits.")
        if kind == "integer":
            return self.define(path, integer_range(least, most))
        self.rule("fraction")
        return self.define(path, number_range(least, most))


def _list(value: Any, path: Path, *, empty: bool = False) -> list[Any]:
    if not isinstance(value, list) or not (value or empty):
        raise UnsupportedSchema(path, "Enter a list that is not empty.")
    return value


def _count(used: Schema, name: str, path: Path, default: int | None) -> int | None:
    value = used.get(name, default)
    if value is None or value == default:
        return default
    if type(value) is not int or not 0 <= value <= MAX_REPETITIONS:
        raise UnsupportedSchema((*path, name), f"Enter a whole number from 0 to {MAX_REPETITIONS}.")
    return value


def _types(value: Any) -> set[str]:
    """Return the names of the types that a value has."""
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer", "number"}
    named = {dict: "object", list: "array", str: "string", float: "number", type(None): "null"}
    return {named[type(value)]}
