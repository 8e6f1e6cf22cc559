"""Parsers of environment variables. Each raises ValueError with what was expected."""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.checks.security.base import SECRET_KEY_MIN_LENGTH, SECRET_KEY_MIN_UNIQUE_CHARACTERS

from inference.serving.parameters import MAX_SECONDS

BASE_DIR = Path(__file__).resolve().parents[2]


def path(value: str) -> Path:
    return BASE_DIR / value  # absolute paths stay as they are


def is_unicode(value: str) -> bool:
    """Return whether the value is UTF-8 in the environment. Python replaces other bytes with lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def text(max_chars: int) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if len(value) > max_chars:
            raise ValueError(f"expected at most {max_chars} characters")
        return value

    return parse


def url(value: str) -> str:
    with suppress(ValueError):  # an invalid address or port
        parts = urlsplit(value)
        if parts.scheme in ("https", "http") and parts.hostname and parts.port != 0:
            return value.rstrip("/")
    raise ValueError("expected a URL that begins with https:// or http://, and a host name")


def path_prefix(value: str) -> str:
    prefix = value.rstrip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)*", prefix):
        raise ValueError("expected a path of letters, digits, `.`, `_` and `-` that begins with a slash, as in /llm")
    return prefix


def database(value: str) -> dict[str, Any]:
    """Return Django's settings of the database. SQLite is a file, because every thread has its own connection."""
    with suppress(ValueError):  # an invalid address or port
        parts = urlsplit(value)
        if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
            config = environ.Env.db_url_config(value)
            return {**config, "NAME": str(path(config["NAME"]))}
        if parts.scheme in ("postgres", "postgresql") and len(parts.path) > 1:
            return dict(environ.Env.db_url_config(value))
    raise ValueError("expected postgres://USER:PASSWORD@HOST:PORT/NAME, or sqlite:////FILE with an absolute path")


def signing_key(value: str) -> str:
    """Refuse a key that `manage.py check --deploy` calls weak: anyone who guesses it can sign in as any user."""
    if len(value) < SECRET_KEY_MIN_LENGTH or len(set(value)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS:
        raise ValueError(
            f"expected at least {SECRET_KEY_MIN_LENGTH} random characters, as from `openssl rand -base64 48`"
        )
    return value


def words(value: str) -> tuple[str, ...]:
    return tuple(shlex.split(value))


def names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def ids(value: str) -> tuple[str, ...]:
    return tuple(names(value))


def hosts(value: str) -> list[str]:
    if not names(value) or any(set(name) & set("/@?# ") for name in names(value)):
        raise ValueError("expected host names, as in chat.example.org,localhost, without https:// and paths")
    return names(value)


def host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        raise ValueError("expected at most 64 letters, digits, `.`, `_` and `-`, as in machine2")
    return value


def origins(value: str) -> list[str]:
    for name in names(value):
        parts = urlsplit(name)
        if name not in ("*", f"{parts.scheme}://{parts.netloc}") or name == "://":
            raise ValueError(f"expected origins, as in https://app.example:8443,app://obsidian.md, but not {name!r}")
    return names(value)


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


def integer(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return a parser of whole numbers. Every number has a maximum: no setting can overflow later."""

    def parse(value: str) -> int:
        with suppress(ValueError):
            if minimum <= (number := int(value)) <= maximum:
                return number
        raise ValueError(f"expected a whole number from {minimum} to {maximum}")

    return parse


def number(minimum: float, maximum: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        with suppress(ValueError):
            if minimum <= (number := float(value)) <= maximum:
                return number
        raise ValueError(f"expected a number from {minimum:g} to {maximum:g}")

    return parse


def seconds(value: str) -> float:
    with suppress(ValueError):
        if 0 < (number := float(value)) <= MAX_SECONDS:
            return number
    raise ValueError(f"expected a number of seconds greater than 0 and up to {MAX_SECONDS}")


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
