"""Schemas before their conversion: references resolved, `allOf` merged, and unsupported keywords refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .errors import UnsupportedSchema

Schema = dict[str, Any]
Path = tuple[str, ...]

TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")
# Keywords that restrict values of one type only, and that are converted.
RESTRICTIONS: Final = {
    "object": ("properties", "required", "additionalProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
CONVERTED: Final = {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"}.union(*RESTRICTIONS.values())
# Keywords that restrict nothing.
ANNOTATIONS: Final = {
    *("title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly"),
    *("$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "contentEncoding", "contentMediaType"),
    *("nullable", "discriminator", "xml", "externalDocs", "name", "strict"),
}
# How values of both sides of an `allOf` are merged.
HIGHER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
LOWER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def checked(schema: Any, path: Path) -> Schema:
    """Return the schema without annotations. Raise UnsupportedSchema if it has a part that would be ignored."""
    if schema is True:
        return {}
    if not isinstance(schema, Mapping):
        raise UnsupportedSchema(path, "Enter a schema: an object, or true.")
    for name in schema:
        if name not in CONVERTED and name not in ANNOTATIONS and not str(name).startswith("x-"):
            raise UnsupportedSchema((*path, str(name)), "This keyword cannot be enforced. Leave it out.")
    return {name: value for name, value in schema.items() if name in CONVERTED}


def pointed(root: Any, reference: Any, path: Path) -> Any:
    """Return what a local reference points to, such as `#/$defs/Person`."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise UnsupportedSchema(path, "Enter a reference within the schema, such as #/$defs/Person.")
    found = root
    for part in reference.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise UnsupportedSchema(path, f"The schema has no {reference}.")
    return found


def merged(first: Schema, second: Schema, path: Path) -> Schema:
    """Return a schema of the values that both accept."""
    result = dict(first)
    for name, value in second.items():
        result[name] = _merged_value(name, result[name], value, path) if name in result else value
    return result


def _merged_value(name: str, first: Any, second: Any, path: Path) -> Any:
    if first == second:
        return first
    if name == "required":
        return [*first, *(each for each in second if each not in first)]
    if name == "properties":
        return first | {
            key: {"allOf": [first[key], schema]} if key in first else schema for key, schema in second.items()
        }
    if name in HIGHER:
        return max(first, second)
    if name in LOWER:
        return min(first, second)
    if name in ("type", "enum"):
        both = [each for each in _listed(first) if each in _listed(second)]
        if both:
            return both
    raise UnsupportedSchema((*path, name), "Two parts of allOf differ here, and cannot be enforced together.")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
