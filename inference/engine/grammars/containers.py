"""Objects and arrays of a JSON Schema as GBNF."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from os.path import commonprefix
from typing import Final

from inference.engine.errors import ImpossibleSchema

from .gbnf import charset, complement, either, literal, repeat
from .keywords import Keywords, at, impossible, unsupported
from .scalars import Converter

MAX_OTHER_KEYS: Final = 4_000  # places at which a key can differ from all property names; each is a set of characters


def object_body(converter: Converter, keywords: Keywords, path: str) -> str:
    """Return what matches the objects that a schema allows: its properties in its order, then additional ones."""
    properties = dict(keywords.get("properties", {}))
    required = dict.fromkeys(keywords.get("required", ()))
    additional = keywords.get("additionalProperties", not properties and not required)
    space = converter.builtin("space")
    if additional is True and not properties and not required:
        return converter.builtin("object")
    for name in required:  # a required property that is not described is like an additional one
        properties.setdefault(name, keywords.get("additionalProperties", True))
    members: list[tuple[str, bool]] = []
    for name, schema in properties.items():
        try:
            value = converter.rule(schema, at(path, "properties", name))
        except ImpossibleSchema:
            if name in required:
                raise
            continue
        key = literal(json.dumps(name, ensure_ascii=False))
        member = converter.add(f"{name}-member", f'{key} {space} ":" {space} {value} {space}')
        members.append((member, name in required))
    other = None
    if additional is not False:
        if _places(properties) > MAX_OTHER_KEYS:
            unsupported(path, "additionalProperties", "is not supported next to that many and long property names.")
        try:
            value = converter.rule(additional, at(path, "additionalProperties"))
            key = converter.add("other-key", _other_key(list(properties), converter))
            other = converter.add("other-member", f'{key} {space} ":" {space} {value} {space}')
        except ImpossibleSchema:
            other = None
    return f'"{{" {space} {_members(converter, members, other)} "}}"'


def _members(converter: Converter, members: list[tuple[str, bool]], other: str | None) -> str:
    """Return what matches the members in their order, with commas between those that are there.

    Until the first one, there is no comma. Which one is the first decides what may follow.
    """
    space = converter.builtin("space")
    following = [f'("," {space} {other})*' if other else '""']
    for member, is_required in reversed(members):
        item = f'"," {space} {member}'
        following.insert(0, converter.add("more", f"{item if is_required else f'({item})?'} {following[0]}"))
    first = []
    for i, (member, is_required) in enumerate(members):
        first.append(f"{member} {following[i + 1]}")
        if is_required:
            return either(first)
    if other:
        first.append(f"{other} {following[-1]}")
    return f"{either(first)}?" if first else ""


def _other_key(names: list[str], converter: Converter) -> str:
    """Return what matches the keys that differ from `names`. They have no escapes, which could spell one of them."""
    if not names:
        return converter.builtin("string")
    return rf'"\"" {_differing(names, converter.builtin("plain-char"))} "\""'


def _places(names: Iterable[str]) -> int:
    """Return at how many places a text can differ from all of `names`: beginnings that they share count once."""
    ordered = ["", *sorted(names)]
    return sum(len(name) - len(commonprefix((before, name))) for before, name in pairwise(ordered))  # noqa: RUF071 – no paths


def _differing(names: list[str], char: str) -> str:
    """Return what matches the texts that differ from all of `names`, the empty one too."""
    by_first: dict[str, list[str]] = {}
    for name in names:
        if name:
            by_first.setdefault(name[0], []).append(name[1:])
    free = complement([(0, 0x1F), (0x22, 0x22), (0x5C, 0x5C), (0x7F, 0x7F), *((ord(c), ord(c)) for c in by_first)])
    parts = [f"{charset(free)} {char}*"]
    for first, rests in by_first.items():
        if first >= " " and first not in '"\\\x7f':
            parts.append(f"{literal(first)} {_differing(rests, char)}")
    return either(parts) + ("" if "" in names else "?")


def array_body(converter: Converter, keywords: Keywords, path: str) -> str:
    """Return what matches the arrays that a schema allows.

    All of `prefixItems` are there, unless `maxItems` is less. More follow only if `items` or `minItems` says so.
    """
    prefix = keywords.get("prefixItems", [])
    low, high = int(keywords.get("minItems", 0)), keywords.get("maxItems")
    high = None if high is None else int(high)
    if high is not None and low > high:
        impossible(path, "allows no array: minItems is larger than maxItems.")
    first = prefix if high is None else prefix[:high]
    space = converter.builtin("space")
    items = [f"{converter.rule(item, at(path, 'prefixItems', i))} {space}" for i, item in enumerate(first)]
    content = f' "," {space} '.join(items)
    least, most = max(0, low - len(first)), None if high is None else high - len(first)
    if prefix and "items" not in keywords:
        most = least
    if most != 0:
        try:
            more = f"{converter.rule(keywords.get('items', True), at(path, 'items'))} {space}"
        except ImpossibleSchema:
            if least:
                raise
        else:
            content += _more_items(more, least, most, space, follows=bool(items))
    return f'"[" {space} {content} "]"'


def _more_items(item: str, least: int, most: int | None, space: str, *, follows: bool) -> str:
    """Return `least` to `most` of an item, with commas. `follows`: others come before them."""
    if follows:
        return " " + repeat(f'("," {space} {item})', least, most)
    others = repeat(f'("," {space} {item})', max(0, least - 1), None if most is None else most - 1)
    return f"{item} {others}" if least else f"({item} {others})?"
