"""How a line of the log looks: for people, or one JSON object for programs. Either way with the id of its request."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, Literal

CONTROL: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}  # would write lines of their own
IN_THE_MESSAGE: Final = {"method", "path", "status"}  # of a request's line

Format = Literal["json", "line"]


def chosen(configured: str) -> Format:
    """The format that LOG_FORMAT asks for; where it does not say, lines in a terminal and JSON elsewhere."""
    if configured in ("json", "line"):
        return configured  # type: ignore[return-value]
    return "line" if sys.stderr.isatty() else "json"


class JSONFormatter(logging.Formatter):
    """`time`, `level`, `logger`, `message`, what the record has as `fields`, `exception` where there is one."""

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
    """Time, level, logger, message, and the other fields as `name=value`."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 – logging's name
        fields = getattr(record, "fields", None) or {}
        if "request_id" not in fields and (identity := _request_id()):
            fields = fields | {"request_id": identity}
        told = " ".join(
            f"{name}={value}" for name, value in fields.items() if value is not None and name not in IN_THE_MESSAGE
        )
        return (super().formatMessage(record) + (f" [{told}]" if told else "")).translate(CONTROL)


FORMATTERS: dict[Format, type[logging.Formatter]] = {"json": JSONFormatter, "line": LineFormatter}


def _request_id() -> str | None:
    from inference.serving.current_request import current_request  # logging is set up before the apps are

    request = current_request.get()
    return request.id if request else None
