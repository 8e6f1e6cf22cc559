"""What grammars of JSON Schemas allow, keyword by keyword."""

# ruff: noqa: E501 – a table with one case a line

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from inference.engine.errors import UnsupportedSchema
from inference.engine.grammars import json_object_grammar, json_schema_grammar

from .gbnf_reader import accepts

A_TO_C = {"properties": {"a": {"type": "integer"}, "b": {"type": "null"}, "c": {"type": "boolean"}}}
NODE = {"$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}}, "$ref": "#/$defs/node"}

CASES: list[tuple[Any, list[str], list[str]]] = [
    (True, ["1", '{"a": [null, "x"]}', '"\\u00e9\\ud83d\\ude00\\n"', "-1.5e3"], ["{", "01", '"\\ud83d"', "'a'", " 1", "1 "]),
    ({}, ["null", "[]"], [""]),
    ({"title": "T", "description": "…", "default": 1, "examples": [1], "$comment": "x", "x-own": 1}, ["true"], []),
    ({"type": "string"}, ['""', '"é\\""'], ["1", '"\n"']),
    ({"type": ["integer", "null"]}, ["1", "null"], ["1.5", '"1"']),
    ({"type": "number"}, ["1", "1.5", "-1e-9"], ["1.", ".5", "1e999"]),
    ({"type": "integer"}, ["0", "-7"], ["1.0", "007", "9" * 40]),
    ({"type": "integer", "minimum": -12, "maximum": 105}, ["-12", "0", "99", "105"], ["-13", "106", "200", "1000"]),
    ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10}, ["1", "9"], ["0", "10", "-1"]),
    ({"type": "integer", "minimum": 37}, ["37", "40", "123456"], ["36", "9", "-40"]),
    ({"type": "integer", "maximum": -5.5}, ["-6", "-100"], ["-5", "0", "6"]),
    ({"type": "number", "minimum": 0, "maximum": 1}, ["0", "0.5", "1", "1.0"], ["1.1", "-0.1", "2"]),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, ["0.01"], ["0", "0.0", "1", "1.0", "-0.5"]),
    ({"type": "number", "minimum": -2, "maximum": -1}, ["-1", "-1.5", "-2"], ["-0.5", "-2.1", "1"]),
    ({"type": "string", "minLength": 2, "maxLength": 3}, ['"ab"', '"\\n\\ud83d\\ude00é"'], ['"a"', '"abcd"']),
    ({"type": "string", "pattern": "^[A-Z]{2}-\\d+$"}, ['"AB-12"'], ['"AB-"', '"ab-1"', '"AB-1x"']),
    ({"type": "string", "pattern": "b|^c"}, ['"abc"', '"cx"'], ['"ac"']),
    ({"type": "string", "pattern": '^(["\\\\]|\\n)$'}, ['"\\""', '"\\\\"', '"\\n"'], ['"n"', '"\n"', '"""']),
    ({"type": "string", "pattern": "^[^a-y-]?$"}, ['""', '"z"', '"^"', '"]"'], ['"a"', '"-"']),
    ({"format": "date"}, ['"2024-02-28"', '"1999-12-31"'], ['"2024-02-30"', '"2024-13-01"', '"24-1-1"']),
    ({"format": "time"}, ['"23:59:59Z"', '"00:00:00.5+02:00"'], ['"24:00:00Z"', '"1:00"']),
    ({"format": "date-time"}, ['"2024-02-28T10:00:00Z"'], ['"2024-02-28"']),
    ({"type": "string", "format": "email", "minLength": 2}, ['"ab"'], ['"a"', "1"]),
    ({"format": "uuid"}, ['"123e4567-e89b-12d3-a456-426614174000"'], ['"123e4567"']),
    ({"enum": ["a", 1, None, {"b": [True]}]}, ['"a"', "1", "null", '{"b": [true]}'], ['"b"', "2"]),
    ({"enum": ["a", 1], "type": "string"}, ['"a"'], ["1"]),
    ({"const": 'say "é"\n'}, ['"say \\"é\\"\\n"'], ['"say"']),
    (A_TO_C, ["{}", '{"a": 1}', '{"b": null, "c": true}', '{"a":1,"c":true}'], ['{"c": true, "a": 1}', '{"d": 1}', "1"]),
    ({**A_TO_C, "required": ["b"]}, ['{"b": null}', '{"a": 1, "b": null}'], ["{}", '{"a": 1}', '{"a": 1 "b": null}']),
    ({**A_TO_C, "required": ["z"]}, ['{"z": [1]}', '{"c": true, "z": 0}'], ["{}", '{"c": true}']),
    ({**A_TO_C, "additionalProperties": False}, ['{"a": 1}'], ['{"d": 1}']),
    ({**A_TO_C, "additionalProperties": {"type": "string"}}, ['{"ab": "x"}', '{"a": 1, "": "x", "d": "y"}'], ['{"d": 1}', '{"a": "x"}', '{"\\u0061": "x"}']),
    ({"additionalProperties": {"type": "integer"}}, ["{}", '{"x": 1, "y": 2}'], ['{"x": null}']),
    ({"type": "object", "additionalProperties": False}, ["{}"], ['{"a": 1}']),
    ({"type": "object"}, ['{"a": {"b": 1}}'], ["[]"]),
    ({"type": "array"}, ["[]", '[1, "a"]'], ["{}"]),
    ({"items": {"type": "null"}, "minItems": 2, "maxItems": 3}, ["[null, null]", "[null,null,null]"], ["[null]", "[]", "[1, 1]"]),
    ({"items": {"type": "null"}, "maxItems": 0}, ["[]"], ["[null]"]),
    ({"type": "array", "minItems": 1}, ["[1]", "[1, 2, 3]"], ["[]"]),
    ({"prefixItems": [{"type": "null"}, {"type": "integer"}]}, ["[null, 1]"], ["[1, null]", "[null, 1, 2]"]),
    ({"prefixItems": [{"type": "null"}], "items": {"type": "integer"}}, ["[null]", "[null, 1, 2]"], ["[]", "[null, null]"]),
    ({"prefixItems": [{"type": "null"}], "items": False}, ["[null]"], ["[null, 1]"]),
    ({"anyOf": [{"type": "null"}, {"const": 1}]}, ["null", "1"], ["2"]),
    ({"oneOf": [{"type": "null"}, {"const": 1}, False]}, ["null", "1"], ["2"]),
    ({"type": "integer", "anyOf": [{"minimum": 5}, {"maximum": 1}]}, ["5", "0"], ["3", '"a"']),
    ({"allOf": [{"properties": {"a": {"type": "null"}}, "required": ["a"]}, {"properties": {"b": {"const": 1}}}]}, ['{"a": null}', '{"a": null, "b": 1}'], ['{"b": 1}', '{"a": 1}']),
    ({"allOf": [{"type": "number", "minimum": 1}, {"type": ["integer", "null"], "maximum": 3}]}, ["1", "3"], ["0", "4", "null"]),
    ({"$defs": {"x": {"type": "integer"}}, "$ref": "#/$defs/x", "maximum": 3}, ["3"], ["4"]),
    (NODE, ["{}", '{"next": {"next": {}}}'], ['{"next": 1}']),
    ({"properties": {"a/b": {"type": "null"}, "x": {"$ref": "#/properties/a~1b"}}}, ['{"x": null}'], ['{"x": 1}']),
    ({"properties": {"a": False, "b": True}}, ['{"b": 1}'], ['{"a": 1}']),
    ({"properties": {"object": {"type": "null"}, "root": {"type": "null"}, 'ü"': {"const": 1}}}, ['{"object": null, "root": null, "ü\\"": 1}'], ['{"object": {}}']),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "valid", "invalid"), CASES, ids=lambda value: json.dumps(value)[:60])
def test_a_grammar_allows_what_its_schema_allows(schema: object, valid: list[str], invalid: list[str]) -> None:
    grammar = json_schema_grammar(schema)
    assert [text for text in valid if not accepts(grammar, text)] == []
    assert [text for text in invalid if accepts(grammar, text)] == []


@pytest.mark.parametrize(
    ("schema", "part"),
    [
        ({"properties": {"age": {"type": "integer", "multipleOf": 5}}}, "properties.age.multipleOf is not supported"),
        ({"not": {"type": "null"}}, "not is not supported"),
        ({"if": {}, "then": {}}, "if is not supported"),
        ({"type": "array", "uniqueItems": True}, "uniqueItems is not supported"),
        ({"patternProperties": {"^x": {}}}, "patternProperties is not supported"),
        ({"properties": {"a": {"anyOf": [{"type": "nil"}]}}}, "properties.a.anyOf.0.type is 'nil'"),
        ({"$ref": "https://example.com/schema"}, "$ref is 'https://example.com/schema'"),
        ({"$ref": "#/$defs/missing"}, "$ref points to"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"anyOf": [{"$ref": "#"}, {"type": "null"}]}, "leads back to itself"),
        ({"allOf": [{"$ref": "#"}], "type": "null"}, "leads back to itself"),
        ({"type": "string", "pattern": "^(?=a)b$"}, "pattern uses look-around"),
        ({"type": "string", "pattern": "(a"}, "pattern is not a regular expression"),
        ({"type": "string", "pattern": "^(a*)*$"}, "pattern repeats what may be empty"),
        ({"type": "string", "pattern": "^(a)\\1$"}, "pattern uses a reference to a group"),
        ({"type": "string", "pattern": "^a$", "minLength": 3}, "minLength is not supported next to pattern"),
        ({"type": "string", "minLength": 10**9}, "minLength is 1000000000"),
        ({"type": "string", "minLength": -1}, "minLength is -1"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "allows no integer"),
        ({"type": "integer", "minimum": "5"}, "minimum is '5'"),
        ({"required": "a"}, "required is 'a'"),
        (False, "allows no value"),
        ([], "must be an object, true or false"),
        ({"enum": [1], "type": "string"}, "allows no value"),
        ({"properties": {"a": False}, "required": ["a"]}, "properties.a allows no value"),
    ],
    ids=str,
)
def test_what_cannot_be_enforced_is_refused_by_name(schema: object, part: str) -> None:
    with pytest.raises(UnsupportedSchema) as raised:
        json_schema_grammar(schema)
    assert part in str(raised.value)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)  # noqa: S301 – the test's own bytes


def test_deep_and_wide_schemas_are_refused() -> None:
    deep: Any = {"type": "null"}
    for _ in range(2000):
        deep = {"items": deep}
    wide = {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(40)} | {"a40": {"type": "null"}}
    for schema in (deep, {"$defs": wide, "$ref": "#/$defs/a0", "type": "null"}):
        with pytest.raises(UnsupportedSchema, match="too"):
            json_schema_grammar(schema)


def test_any_object_follows_the_grammar_of_objects() -> None:
    grammar = json_object_grammar()
    assert accepts(grammar, '{"a": [1, {"b": null}]}')
    assert not accepts(grammar, "[]")


def test_white_space_is_bounded() -> None:
    grammar = json_object_grammar()
    assert accepts(grammar, "{\n" + " " * 20 + "}")
    assert not accepts(grammar, "{\n" + " " * 21 + "}")
    assert not accepts(grammar, "{\n\n}")
