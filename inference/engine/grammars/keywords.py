"""The keywords of JSON Schema: which are enforced, which only annotate, and how two schemas become one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from inference.engine.errors import ImpossibleSchema, UnsupportedSchema

Keywords = dict[str, Any]

MAX_SCHEMA_CHARS: Final = 256 * 1024  # as JSON
MAX_REFERENCE_CHARS: Final = 1_000
MAX_COUNT: Final = 10_000  # of characters or items: each is a rule of the engine's grammar
TYPES: Final = ("object", "array", "string", "number", "integer", "boolean", "null")
BY_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "object": ("properties", "required", "additionalProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
COMBINING: Final = ("$ref", "allOf", "anyOf", "oneOf")
_ENFORCED: Final = {"type", "enum", "const", *COMBINING, *(name for names in BY_TYPE.values() for name in names)}

# Keywords that restrict values in some draft, and have no counterpart in a grammar. A keyword that no draft knows is an
# annotation, as the specification says.
_UNSUPPORTED: Final = {
    *("multipleOf", "divisibleBy", "contains", "minContains", "maxContains", "uniqueItems", "additionalItems"),
    *("minProperties", "maxProperties", "patternProperties", "propertyNames", "dependentRequired", "dependencies"),
    *("dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "not", "if", "then", "else", "nullable"),
    *("$dynamicRef", "$recursiveRef", "disallow", "extends"),
}
_WITHOUT_EFFECT: Final[dict[str, Any]] = {"uniqueItems": False, "minProperties": 0, "minContains": 0, "nullable": False}


_WHY: Final = "is not supported. Remove it, or check the answer yourself."


def at(path: str, *parts: object) -> str:
    """Return the path of a part of a schema, such as `properties.age`."""
    return ".".join([*([path] if path else []), *map(str, parts)])


def unsupported(path: str, keyword: str, why: str = _WHY) -> NoReturn:
    """Raise UnsupportedSchema for a keyword."""
    raise UnsupportedSchema(f"The JSON Schema cannot be enforced: {at(path, keyword) or 'it'} {why}")


def impossible(path: str, why: str) -> NoReturn:
    """Raise ImpossibleSchema."""
    raise ImpossibleSchema(f"The JSON Schema cannot be enforced: {path or 'it'} {why}")


def checked(schema: object, path: str) -> Keywords:
    """Return the keywords of a schema that restrict values.

    Raises UnsupportedSchema for one that cannot be enforced.
    """
    if schema is True:
        return {}
    if schema is False:
        impossible(path, "allows no value.")
    if not isinstance(schema, dict):
        unsupported(path, "", "must be an object, true or false.")
    for keyword, value in schema.items():
        if keyword in _UNSUPPORTED and not (keyword in _WITHOUT_EFFECT and value == _WITHOUT_EFFECT[keyword]):
            unsupported(path, keyword)
        if keyword in _SHAPES and not _SHAPES[keyword](value):
            unsupported(path, keyword, f"is {_short(value)}, which is of the wrong type or too large.")
    return {keyword: value for keyword, value in schema.items() if keyword in _ENFORCED}


def types_of(keywords: Keywords, path: str) -> list[str]:
    """Return the types that a schema allows. Keywords of one type imply it, where none is named."""
    named = keywords.get("type")
    if named is None:
        implied = [kind for kind, names in BY_TYPE.items() if any(name in keywords for name in names)]
        return implied or list(TYPES)
    types = [named] if isinstance(named, str) else list(named)
    for kind in types:
        if kind not in TYPES:
            unsupported(path, "type", f"is {kind!r}; expected one of {', '.join(TYPES)}.")
    if "number" in types:  # an integer is a number
        types = [kind for kind in types if kind != "integer"]
    if not types:
        impossible(path, "allows no type.")
    return types


def parts_of(keywords: Keywords) -> int:
    """Return how many parts a schema has, without those inside of its parts: the measure of the work that it makes."""
    characters = len(keywords.get("pattern", ""))  # each becomes a set
    return 1 + characters + sum(len(value) for value in keywords.values() if isinstance(value, list | dict))


def merged_parts(first: Keywords, second: Keywords) -> int:
    """Return how many parts `merge` makes or compares. Alternatives are multiplied."""
    alternatives = len(first.get("anyOf", ())) * len(second.get("anyOf", ()))
    comparisons = len(first.get("enum", ())) * len(second.get("enum", ())) // 100  # much quicker than other parts
    return parts_of(first) + parts_of(second) + alternatives + comparisons


def merge(first: Keywords, second: Keywords, path: str) -> Keywords:
    """Return a schema that allows what both allow. Neither has `$ref` or `allOf`; `oneOf` counts as `anyOf`."""
    result = {**first, **second}
    for keyword in first.keys() & second.keys():
        result[keyword] = _both(keyword, first[keyword], second[keyword], path)
    if "type" in first and "type" in second:
        result["type"] = _common_types(types_of(first, path), types_of(second, path), path)
    properties = _properties(first, second) | _properties(second, first)
    if properties or "properties" in result:
        order = [*first.get("properties", {}), *second.get("properties", {})]
        result["properties"] = {name: properties[name] for name in dict.fromkeys(order)}
    return result


def _properties(own: Keywords, other: Keywords) -> Keywords:
    """Return the properties of one schema, each also as the other one restricts it."""
    found = {}
    for name, schema in own.get("properties", {}).items():
        also = other.get("properties", {}).get(name, other.get("additionalProperties", True))
        found[name] = schema if also is True or also == schema else {"allOf": [schema, also]}
    return found


def _common_types(first: list[str], second: list[str], path: str) -> list[str]:
    def allows(types: list[str], kind: str) -> bool:
        return kind in types or (kind == "integer" and "number" in types)

    common = [kind for kind in TYPES if allows(first, kind) and allows(second, kind)]
    if not common:
        impossible(path, "allows no type: the types of its parts exclude each other.")
    return common


def _both(keyword: str, first: Any, second: Any, path: str) -> Any:
    if first == second and type(first) is type(second):
        return first
    if keyword in ("type", "properties"):
        return None  # see `merge`
    if keyword in ("minimum", "exclusiveMinimum", "minLength", "minItems"):
        return max(first, second)
    if keyword in ("maximum", "exclusiveMaximum", "maxLength", "maxItems"):
        return min(first, second)
    if keyword == "required":
        return list(dict.fromkeys([*first, *second]))
    if keyword == "anyOf":
        return [{"allOf": [one, other]} for one in first for other in second]
    if keyword == "additionalProperties":
        if first is False or second is False:
            return False
        return second if first is True else first if second is True else {"allOf": [first, second]}
    if keyword == "enum":
        return [value for value in first if value in second]  # may be empty: see where it is used
    if keyword == "const":
        impossible(path, "allows no value: it must equal two constants.")
    return unsupported(path, keyword, "is given twice, in parts of allOf or next to $ref. Give it once.")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15


def _is_count(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value <= MAX_COUNT
        and value == int(value)
    )


def _is_schemas(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict)


_SHAPES: Final[dict[str, Callable[[object], bool]]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _is_count),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems", "enum"), _is_schemas),
    **dict.fromkeys(("pattern", "format"), _is_text),
    "$ref": lambda value: isinstance(value, str) and len(value) <= MAX_REFERENCE_CHARS,
    "required": _is_names,
    "properties": _is_mapping,
    "type": lambda value: _is_text(value) or _is_names(value),
}
