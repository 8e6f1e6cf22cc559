"""Parsers of environment variables. Each raises ValueError with what was expected."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent


def path(value: str) -> Path:
    return BASE_DIR / value  # absolute paths stay as they are


def url(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("expected a URL that begins with https:// or http://")
    return value.rstrip("/")


def words(value: str) -> tuple[str, ...]:
    return tuple(shlex.split(value))


def names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def networks(value: str) -> list[str]:
    if value == "none":
        return []
    for name in names(value):
        try:
            ipaddress.ip_network(name)
        except ValueError as error:
            raise ValueError(f"expected addresses and networks, as in 127.0.0.1,172.16.0.0/12: {error}") from error
    return names(value)


def flag(value: str) -> bool:
    if value.lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
        raise ValueError("expected true or false")
    return value.lower() in ("true", "1", "yes", "on")


def integer(minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    def parse(value: str) -> int:
        with suppress(ValueError):
            if minimum <= (number := int(value)) and (maximum is None or number <= maximum):
                return number
        raise ValueError(f"expected a whole number {range(minimum, maximum)}")

    return parse


def range(minimum: int, maximum: int | None) -> str:
    return f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"


def number(minimum: float, maximum: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        with suppress(ValueError):
            if minimum <= (number := float(value)) <= maximum:
                return number
        raise ValueError(f"expected a number from {minimum:g} to {maximum:g}")

    return parse


def seconds(value: str) -> float:
    with suppress(ValueError):
        if 0 < (number := float(value)) < float("inf"):
            return number
    raise ValueError("expected a number of seconds greater than 0")


def lines(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.split(";") if line.strip())


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}, or no value")
        return value

    return parse


def optional(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda value: parse(value) if value else None
