"""Grammars that the engine's answers follow: JSON Schema as GBNF."""

from .schema import json_object_grammar, json_schema_grammar

__all__ = ["json_object_grammar", "json_schema_grammar"]
