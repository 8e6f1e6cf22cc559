"""JSON Schemas as clients send them, and some that try every keyword."""

from __future__ import annotations

from typing import Any, Final

STRING: Final = {"type": "string"}
PERSON: Final = {
    "title": "Person",
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "email": {"anyOf": [{"type": "string", "format": "email", "maxLength": 30}, {"type": "null"}], "default": None},
        "kind": {"enum": ["cat", "dog", 'a "quoted" \\ one', 5, None]},
        "born": {"type": "string", "format": "date"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 10}, "minItems": 1, "maxItems": 3},
    },
    "required": ["name", "kind"],
    "additionalProperties": False,
}
TREE: Final = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "value": {"type": "number"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            },
            "required": ["value"],
        }
    },
    "$ref": "#/$defs/Node",
}
SCHEMAS: Final[dict[str, Any]] = {
    "anything": {},
    "true": True,
    "object": {"type": "object"},
    "person": PERSON,
    "tree": TREE,
    "whole tree": {"type": ["object", "null"], "properties": {"next": {"$ref": "#"}}},
    "only optional": {"properties": {"a": {"type": "boolean"}, "b": {"type": "null"}, "c": STRING}},
    "extra": {
        "type": "object",
        "properties": {"name": STRING, "names": {"type": "integer"}, "": {"type": "null"}},
        "required": ["names"],
        "additionalProperties": {"type": "boolean"},
    },
    "required without a schema": {"type": "object", "required": ["a", "b"]},
    "map": {"type": "object", "additionalProperties": {"type": "integer", "minimum": -3}},
    "tuple": {"type": "array", "prefixItems": [STRING, {"type": "integer"}], "minItems": 2},
    "tuple and more": {"prefixItems": [STRING], "items": {"type": "integer"}, "minItems": 2, "maxItems": 4},
    "some of them": {"type": "array", "items": {"enum": ["x", "y"]}, "maxItems": 2},
    "at least three": {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
    "merged": {
        "allOf": [
            {"$ref": "#/$defs/a"},
            {"properties": {"b": {"type": "integer", "maximum": 5}}, "required": ["b"]},
            {"properties": {"b": {"minimum": 2}}},
        ],
        "$defs": {"a": {"type": "object", "properties": {"a": STRING}, "required": ["a"]}},
    },
    "one of": {"oneOf": [{"type": "integer", "exclusiveMinimum": 10, "exclusiveMaximum": 13}, {"const": "none"}]},
    "reference with more": {"$ref": "#/$defs/a", "maxLength": 3, "$defs": {"a": {"type": "string", "minLength": 2}}},
    "pattern": {"type": "string", "pattern": r"^(\d{3}-[a-z]+|x\.y?|[^a-c\-]{2}|\"q\")$"},
    "open pattern": {"type": "string", "pattern": "b+"},
    "times": {"type": "array", "items": {"anyOf": [{"type": "string", "format": each} for each in ("time", "uuid")]}},
    "moment": {"type": "string", "format": "date-time"},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
    "below": {"type": "number", "maximum": -4},
    "numbers": {"type": "array", "items": {"type": "integer", "minimum": -12, "maximum": 105}, "minItems": 5},
    "types": {"type": ["string", "integer", "null"], "maxLength": 2, "minimum": 7},
    "constant": {"const": {"a": [1, "é\n"]}},
    "enum of a type": {"type": "string", "enum": ["a", 1, "b"]},
}
