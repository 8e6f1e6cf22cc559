"""The JSON of errors outside the views, in the shape of the protocol whose path was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

MAX_QUOTED_CHARS: Final = 100  # of what a message quotes from the request: names and paths can be as long as its head
MAX_DETAIL_CHARS: Final = 1_000  # of a message

MakeBody = Callable[[int, str, str], dict[str, Any]]  # from status, message and code

_protocols: dict[str, MakeBody] = {}


def register(prefix: str, make_body: MakeBody) -> None:
    """Have `make_body` make the bodies of errors for paths that begin with `prefix`."""
    _protocols[prefix] = make_body


def protocol_body(path: str) -> MakeBody | None:
    """Return what makes the bodies for a path, without the path prefix of the server; None outside the protocols."""
    return next((make_body for prefix, make_body in _protocols.items() if path.startswith(prefix)), None)


def error_body(path: str, status: int, detail: str, code: str) -> dict[str, Any]:
    """Return the body of an error: `{"detail", "code"}` unless the path belongs to a protocol with its own shape."""
    make_body, detail = protocol_body(path), printable(detail, MAX_DETAIL_CHARS)
    return make_body(status, detail, code) if make_body else {"detail": detail, "code": code}


def printable(text: str, max_chars: int = MAX_QUOTED_CHARS) -> str:
    """Return at most `max_chars` characters of a text, with lone surrogates escaped: UTF-8 cannot encode them."""
    shown = text if len(text) <= max_chars else f"{text[:max_chars]}…"
    return shown.encode("utf-8", "backslashreplace").decode()
