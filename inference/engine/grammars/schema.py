"""JSON Schema (draft 2020-12) as a grammar: every complete answer that follows it is valid.

The grammar may allow less than the schema: properties come in the schema's order, only those that are named where
`additionalProperties` is missing, and numbers have a bounded number of digits. `oneOf` counts as `anyOf`, so its
alternatives should exclude each other. A keyword that cannot be enforced is refused; annotations are ignored.
"""

from __future__ import annotations

import json
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final
from urllib.parse import unquote

from inference.engine.errors import ImpossibleSchema

from .containers import array_body, object_body
from .gbnf import Rules, either, literal
from .json_rules import RULES
from .keywords import (
    BY_TYPE,
    COMBINING,
    MAX_SCHEMA_CHARS,
    TYPES,
    Keywords,
    at,
    checked,
    impossible,
    merge,
    merged_parts,
    parts_of,
    types_of,
    unsupported,
)
from .scalars import number_body, string_body

MAX_DEPTH: Final = 64  # of a schema
MAX_PARTS: Final = 10_000  # of a schema, references followed: each takes time in which the server does nothing else
MAX_CHARS: Final = 256 * 1024  # of a grammar


def json_schema_grammar(schema: object) -> str:
    """Return GBNF for the JSON texts that are valid under `schema`, a parsed JSON Schema.

    Raises UnsupportedSchema, which names the part that cannot be enforced.
    """
    return _Converter(schema).grammar()


def json_object_grammar() -> str:
    """Return GBNF for JSON objects with any content."""
    return json_schema_grammar({"type": "object"})


class _Converter:
    """One conversion. Equal schemas share a rule, which also ends recursion."""

    def __init__(self, schema: object) -> None:
        self._schema = schema
        self._rules = Rules()
        self._rules.reserve("root")
        self._named: dict[str, str] = {}  # rules by their schema
        self._same: dict[str, set[str]] = {}  # rule: rules that it may consist of, with nothing before them
        self._impossible: set[str] = set()
        self._parts = self._depth = 0

    def grammar(self) -> str:
        """Return the grammar. Raise UnsupportedSchema."""
        for name in RULES:  # keep the names of the rules of JSON
            self._rules.reserve(name)
        try:
            if len(json.dumps(self._schema)) > MAX_SCHEMA_CHARS:
                unsupported("", "", f"is too large. At most {MAX_SCHEMA_CHARS} characters are supported.")
            top = self.rule(self._schema, "")
        except RecursionError:
            unsupported("", "", f"is nested too deeply. At most {MAX_DEPTH} levels are supported.")
        self._rules.define("root", top)
        try:
            tuple(TopologicalSorter(self._same).static_order())
        except CycleError:
            unsupported("", "", "has a reference that leads back to itself without a property or item in between.")
        if self._impossible & self._rules.used():
            impossible("", "refers to a part that allows no value.")
        if len(text := self._rules.text()) > MAX_CHARS:
            unsupported("", "", f"is too large: its grammar has more than {MAX_CHARS} characters.")
        return text

    def builtin(self, name: str) -> str:
        """Return the name of a rule of JSON, after adding it and those it uses."""
        body, uses = RULES[name]
        if not self._rules.defined(name):
            self._rules.define(name, body)
            for other in uses:
                self.builtin(other)
        return name

    def add(self, hint: str, body: str) -> str:
        """Return the name of a rule with this body."""
        return self._rules.add(hint, body)

    def rule(self, schema: object, path: str) -> str:
        """Return the name of the rule for a schema. `path` is where it was found."""
        keywords = checked(schema, path)
        if not keywords:
            return self.builtin("value")
        key = json.dumps(keywords)
        if key not in self._named:
            name = self._named[key] = self._rules.reserve(path.rpartition(".")[2] or "answer")
            self._count(path)
            self._depth += 1
            try:
                self._rules.define(name, self._body(name, keywords, path))
            except ImpossibleSchema:
                del self._named[key]
                self._impossible.add(name)
                raise
            finally:
                self._depth -= 1
        return self._named[key]

    def _count(self, path: str, parts: int = 1) -> None:
        self._parts += parts
        if self._parts > MAX_PARTS or self._depth > MAX_DEPTH:
            unsupported(path, "", f"is too large. At most {MAX_PARTS} parts and {MAX_DEPTH} levels are supported.")

    def _body(self, name: str, keywords: Keywords, path: str) -> str:
        if list(keywords) == ["$ref"]:
            return self._union(name, [(self._target(keywords["$ref"], path), keywords["$ref"].lstrip("#/") or path)])
        flat = self._flat(keywords, path, ())
        if "anyOf" not in flat:
            return self._plain(flat, path)
        rest = {keyword: value for keyword, value in flat.items() if keyword != "anyOf"}
        alternatives = [{"allOf": [rest, one]} if rest else one for one in flat["anyOf"]]
        return self._union(name, [(one, at(path, "anyOf", i)) for i, one in enumerate(alternatives)])

    def _union(self, name: str, alternatives: list[tuple[object, str]]) -> str:
        """Return alternatives; one that allows no value is left out, unless there is no other."""
        found: list[str] = []
        error: ImpossibleSchema | None = None
        for schema, path in alternatives:
            try:
                found.append(self.rule(schema, path))
            except ImpossibleSchema as caught:
                error = caught
        if not found and error:
            raise error
        self._same.setdefault(name, set()).update(found)
        return " | ".join(dict.fromkeys(found))

    def _target(self, reference: str, path: str) -> object:
        """Return what a local reference points to."""
        if reference != "#" and not reference.startswith("#/"):
            unsupported(
                path, "$ref", f"is {reference!r}; only references into the same schema are supported: #/$defs/…"
            )
        found: Any = self._schema
        for part in reference.split("/")[1:]:
            part = unquote(part).replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(part) if isinstance(found, list) else part]
            except (KeyError, IndexError, TypeError, ValueError):
                unsupported(path, "$ref", f"points to {reference!r}, which the schema does not have.")
        if isinstance(found, dict):
            self._count(path, len(found) // 10)  # annotations are read too, each time
        return found

    def _flat(self, keywords: Keywords, path: str, followed: tuple[str, ...]) -> Keywords:
        """Return a schema with its references and `allOf` merged into it, and `oneOf` as `anyOf`."""
        self._count(path, parts_of(keywords))
        result = {keyword: value for keyword, value in keywords.items() if keyword not in COMBINING}
        for several in ("anyOf", "oneOf"):
            if several in keywords:
                result = self._merge(result, {"anyOf": keywords[several]}, path)
        if "$ref" in keywords:
            reference = keywords["$ref"]
            if reference in followed:
                unsupported(path, "$ref", "leads back to itself without a property or item in between.")
            target = checked(self._target(reference, path), reference.lstrip("#/"))
            result = self._merge(self._flat(target, path, (*followed, reference)), result, path)
        for i, part in enumerate(keywords.get("allOf", ())):
            where = at(path, "allOf", i)
            result = self._merge(result, self._flat(checked(part, where), where, followed), path)
        return result

    def _merge(self, first: Keywords, second: Keywords, path: str) -> Keywords:
        self._count(path, merged_parts(first, second))
        return merge(first, second, path)

    def _plain(self, keywords: Keywords, path: str) -> str:
        """Return the rule's body for a schema without references and alternatives."""
        if "const" in keywords or "enum" in keywords:
            return self._constants(keywords, path)
        if not keywords:
            return self.builtin("value")
        found: list[str] = []
        error: ImpossibleSchema | None = None
        for kind in types_of(keywords, path):
            try:
                found.append(self._typed(kind, keywords, path))
            except ImpossibleSchema as caught:
                error = caught
        if not found and error:
            raise error
        return " | ".join(dict.fromkeys(found))

    def _typed(self, kind: str, keywords: Keywords, path: str) -> str:
        match kind:
            case "object":
                return object_body(self, keywords, path)
            case "array":
                return array_body(self, keywords, path)
            case "string":
                return string_body(self, keywords, path)
            case "number" | "integer":
                return number_body(self, kind, keywords, path)
        return self.builtin(kind)

    def _constants(self, keywords: Keywords, path: str) -> str:
        values = keywords.get("enum", [keywords["const"]] if "const" in keywords else [])
        if "const" in keywords:
            values = [value for value in values if _same_json(value, keywords["const"])]
        types = types_of({"type": keywords["type"]}, path) if "type" in keywords else list(TYPES)
        values = [value for value in values if not _types(value).isdisjoint(types)]
        for kind, names in BY_TYPE.items():
            if any(kind in _types(value) for value in values):
                for name in names:
                    if name in keywords:
                        unsupported(path, name, "is not supported next to enum or const. Leave out what it excludes.")
        if not values:
            impossible(path, "allows no value: see its enum, const and type.")
        return either(literal(json.dumps(value, ensure_ascii=False)) for value in values)


def _same_json(first: object, second: object) -> bool:
    """Return whether two values are equal in JSON, where true is not 1."""
    return first == second and isinstance(first, bool) == isinstance(second, bool)


def _types(value: object) -> set[str]:
    match value:
        case bool():
            return {"boolean"}
        case None:
            return {"null"}
        case str():
            return {"string"}
        case int():
            return {"integer", "number"}
        case float():
            return {"number", "integer"} if value.is_integer() else {"number"}
        case dict():
            return {"object"}
    return {"array"}
