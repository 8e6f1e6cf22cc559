"""The JSON of errors outside the views, in the shape of the protocol whose path was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    make_body = protocol_body(path)
    return make_body(status, detail, code) if make_body else {"detail": detail, "code": code}
