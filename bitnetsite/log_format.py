"""Log formats: lines for people, or JSON objects for programs. Both include the id of the current request."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, Literal

ESCAPED_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}  # could forge lines
IN_THE_MESSAGE: Final = {"method", "path", "status"}  # fields that the access log's message already has

Format = Literal["json", "line"]


def choose_format(configured: str) -> Format:
    """Return the format that LOG_FORMAT names; without one, lines in a terminal and JSON elsewhere."""
    formats: dict[str, Format] = {"json": "json", "line": "line"}
    return formats.get(configured) or ("line" if sys.stderr.isatty() else "json")


class JSONFormatter(logging.Formatter):
    """`time`, `level`, `logger`, `message`, the record's `fields`, and `exception` if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if identity := _request_id():
            line["request_id"] = identity
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class LineFormatter(logging.Formatter):
    """Time, level, logger, message, and the remaining fields as `name=value`."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 – logging's name
        fields = getattr(record, "fields", None) or {}
        if "request_id" not in fields and (identity := _request_id()):
            fields = fields | {"request_id": identity}
        pairs = " ".join(
            f"{name}={value}" for name, value in fields.items() if value is not None and name not in IN_THE_MESSAGE
        )
        return (super().formatMessage(record) + (f" [{pairs}]" if pairs else "")).translate(ESCAPED_CONTROLS)


FORMATTERS: dict[Format, type[logging.Formatter]] = {"json": JSONFormatter, "line": LineFormatter}


def unexpected(record: logging.LogRecord) -> bool:
    """Return whether a record of `django.request` is an exception that no view expected.

    Django also logs, with a traceback, exceptions that are refusals: those with a status below 500.
    """
    return bool(record.exc_info) and record.levelno >= logging.ERROR


def without_tracebacks_of_refusals(record: logging.LogRecord) -> bool:
    """Leave a request that Django refuses as suspicious one line: any client can send thousands. Keep all records."""
    if record.name.startswith("django.security."):
        record.exc_info = None
    return True


def _request_id() -> str | None:
    from inference.serving.current_request import current_request  # logging is configured before the apps load

    request = current_request.get()
    return request.id if request else None
