"""The field `response_format`: a grammar for JSON, from a JSON Schema or for any object."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inference.engine.errors import UnsupportedSchema
from inference.engine.grammars import json_object_grammar, json_schema_grammar

TYPES = ("text", "json_object", "json_schema")
NO_SCHEMA = "Enter the schema as json_schema.schema."


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": list(TYPES)},
            "json_schema": {
                "type": "object",
                "properties": {"schema": {}},
                "required": ["schema"],
                "nullable": True,
            },
        },
        "required": ["type"],
    }
)
class ResponseFormatField(serializers.JSONField):
    """OpenAI's `response_format`, as the grammar that enforces it; empty for text."""

    def to_internal_value(self, data: Any) -> Any:
        kind = data.get("type") if isinstance(data, dict) else None
        described = data.get("json_schema") if isinstance(data, dict) else None
        if not isinstance(described, dict | None):
            raise serializers.ValidationError("Enter json_schema as an object, with the schema as its schema.")
        if described is not None and "schema" not in described:
            raise serializers.ValidationError(NO_SCHEMA)
        if kind == "text":
            return ""
        if kind == "json_object":
            # llama-server takes a schema here too.
            return schema_grammar(data["schema"]) if data.get("schema") is not None else json_object_grammar()
        if kind == "json_schema":
            if described is None:
                raise serializers.ValidationError(NO_SCHEMA)
            return schema_grammar(described["schema"])
        raise serializers.ValidationError(f"Enter an object whose type is one of {', '.join(TYPES)}.")


def schema_grammar(schema: Any) -> str:
    """Return the grammar of a JSON Schema. Raise ValidationError if the schema has a part that cannot be enforced."""
    try:
        return json_schema_grammar(schema)
    except UnsupportedSchema as error:
        raise serializers.ValidationError(str(error)) from None
