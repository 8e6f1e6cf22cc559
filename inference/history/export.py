"""The history as a file: CSV for spreadsheets, JSON lines for programs. Streamed, with a few rows in memory at a time.

Rows are read in short queries one after the other, so that a slow client holds no transaction open. What is written
meanwhile may be missing or be there; nothing is there twice.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from inference.models import GenerationRecord

ROWS: Final = 100  # in memory at a time
FIELDS: Final = (
    "id",
    "at",
    "request_id",
    "source",
    "user",
    "key",
    "model",
    "reason",
    "error_code",
    "temperature",
    "top_p",
    "max_tokens",
    "context_size",
    "stop",
    "seed",
    "threads",
    "worker",
    "prompt_tokens",
    "reused_tokens",
    "generated_tokens",
    "prompt_characters",
    "answer_characters",
    "queue",
    "prompt_time",
    "first_token",
    "decode",
    "reproduces",
    "messages",
    "prompt",
    "answer",
)
# What a spreadsheet may take for the beginning of a formula; the full-width ones do in East Asian locales.
FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


def csv_file(records: QuerySet[GenerationRecord]) -> AsyncIterator[bytes]:
    """The generations as CSV in UTF-8, newest first, with a heading. What a spreadsheet would run begins with '."""
    return _file(records, _csv_rows, heading=_csv_line(FIELDS))


def json_lines_file(records: QuerySet[GenerationRecord]) -> AsyncIterator[bytes]:
    """The generations as one JSON object a line, newest first."""
    return _file(records, _json_rows)


async def _file(
    records: QuerySet[GenerationRecord], told: Callable[[list[dict[str, Any]]], str], heading: str = ""
) -> AsyncIterator[bytes]:
    if heading:
        yield heading.encode()
    rows = records.order_by("-pk").values(*FIELDS)
    last: int | None = None
    while batch := await sync_to_async(list)((rows if last is None else rows.filter(pk__lt=last))[:ROWS]):
        last = batch[-1]["id"]
        yield told(batch).encode()


def _json_rows(batch: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row | {"at": row["at"].isoformat()}, ensure_ascii=False) + "\n" for row in batch)


def _csv_rows(batch: list[dict[str, Any]]) -> str:
    return "".join(_csv_line(_cells(row)) for row in batch)


def _cells(row: dict[str, Any]) -> Iterator[Any]:
    for name in FIELDS:
        value = row[name]
        if name == "at":
            yield value.isoformat()
        elif name in ("messages", "stop"):
            yield json.dumps(value, ensure_ascii=False) if value else ""
        elif isinstance(value, str) and value.startswith(FORMULA):
            yield f"'{value}"
        else:
            yield value


def _csv_line(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
