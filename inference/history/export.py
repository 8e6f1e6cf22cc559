"""Export of the history: CSV for spreadsheets, JSON lines for programs. Streamed, a few rows at a time.

Rows are read in batches by separate queries, so that a slow client holds no transaction open. Rows written during the
export may or may not be included; none is included twice.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from inference.models import GenerationRecord

BATCH: Final = 100  # rows in memory at a time
FIELDS: Final = (
    "id",
    "at",
    "request_id",
    "source",
    "user",
    "key",
    "model",
    "model_name",
    "reason",
    "error_code",
    "temperature",
    "top_p",
    "sampling",
    "max_tokens",
    "context_size",
    "stop",
    "think",
    "seed",
    "threads",
    "worker",
    "node",
    "prompt_tokens",
    "reused_tokens",
    "generated_tokens",
    "reasoning_tokens",
    "prompt_characters",
    "answer_characters",
    "queue",
    "prompt_time",
    "first_token",
    "decode",
    "launch_time",
    "thinking_time",
    "reproduces",
    "messages",
    "prompt",
    "reasoning",
    "answer",
)
# A spreadsheet may take a cell that begins so for a formula, after characters that it ignores or does not show. The
# full-width signs are those of East Asian locales.
FORMULA: Final = re.compile(r"[\t\r\n]|[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def csv_file(records: QuerySet[GenerationRecord]) -> AsyncIterator[bytes]:
    """Return the generations as CSV in UTF-8, newest first, with a header. Texts that look like formulas are quoted."""
    return _file(records, _csv_rows, heading=_csv_line(FIELDS))


def json_lines_file(records: QuerySet[GenerationRecord]) -> AsyncIterator[bytes]:
    """Return the generations as one JSON object per line, newest first."""
    return _file(records, _json_rows)


async def _file(
    records: QuerySet[GenerationRecord], encode: Callable[[list[dict[str, Any]]], str], heading: str = ""
) -> AsyncIterator[bytes]:
    if heading:
        yield heading.encode()
    rows = records.order_by("-pk").values(*FIELDS)
    last: int | None = None
    while batch := await sync_to_async(_read)(rows if last is None else rows.filter(pk__lt=last)):
        last = batch[-1]["id"]
        yield encode(batch).encode()


def _read(rows: QuerySet[GenerationRecord, dict[str, Any]]) -> list[dict[str, Any]]:
    return list(rows[:BATCH])


def _json_rows(batch: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row | {"at": row["at"].isoformat()}, ensure_ascii=False) + "\n" for row in batch)


def _csv_rows(batch: list[dict[str, Any]]) -> str:
    return "".join(_csv_line(_cells(row)) for row in batch)


def _cells(row: dict[str, Any]) -> Iterator[Any]:
    for name in FIELDS:
        value = row[name]
        if name == "at":
            yield value.isoformat()
        elif name in ("messages", "stop", "sampling"):
            yield json.dumps(value, ensure_ascii=False) if value else ""
        elif isinstance(value, str) and FORMULA.match(value):
            yield f"'{value}"
        else:
            yield value


def _csv_line(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
