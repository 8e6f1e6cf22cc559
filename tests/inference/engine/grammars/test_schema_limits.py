"""Schemas that would take the server's time or memory: conversion runs while no other request is served."""

from __future__ import annotations

import time
from typing import Any

import pytest

from inference.engine.errors import UnsupportedSchema
from inference.engine.grammars import json_schema_grammar


def described(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties} | more


LARGE = described({f"p{i}": {"type": "string"} for i in range(2_000)})
BOMBS: dict[str, Any] = {
    "properties": described({f"p{i}": {"type": "string"} for i in range(4_900)}),
    "different properties": described({f"p{i}": {"type": "string", "maxLength": i} for i in range(2_400)}),
    "required": {"required": [f"p{i}" for i in range(20_000)]},
    "enum": {"enum": [f"v{i}" for i in range(20_000)]},
    "common values": {"allOf": [{"enum": list(range(15_000))}, {"enum": list(range(15_000, 30_000))}]},
    "combined alternatives": {"allOf": [{"anyOf": [{"minLength": i * k} for i in range(10)]} for k in range(1, 9)]},
    "merged properties": {"allOf": [{"properties": {f"p{i}": {"minLength": i}}} for i in range(4_000)]},
    "a large part, often": {"allOf": [{"$ref": "#/$defs/b"}] * 3_000, "$defs": {"b": LARGE}},
    "doubling references": {
        "$ref": "#/$defs/a0",
        "$defs": {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(40)} | {"a40": {}},
    },
    "annotations, often": {
        "properties": {f"p{i}": {"allOf": [{"$ref": "#/$defs/b"}, {"minLength": i}]} for i in range(900)},
        "$defs": {"b": {f"x{i}": 1 for i in range(12_000)}},
    },
    "names that others differ from": described(
        {chr(0x4E00 + i) * 100: {} for i in range(300)}, additionalProperties=True
    ),
    "a long pattern": {"pattern": "ab" * 25_000},
    "many patterns": described({f"p{i}": {"pattern": "".join(map(chr, range(i, i + 90)))} for i in range(6000, 6230)}),
    "a reference": {"$ref": "#" + "/a" * 100_000},
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_schema_that_takes_too_long_is_refused_immediately(name: str) -> None:
    started = time.process_time()
    with pytest.raises(UnsupportedSchema):
        json_schema_grammar(BOMBS[name])
    assert time.process_time() - started < 1


def test_a_schema_of_a_thousand_properties_is_converted() -> None:
    assert json_schema_grammar(described({f"p{i}": {"type": "string", "maxLength": i} for i in range(1_000)}))
