"""Export and deletion of the history."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chat.models import Conversation
from inference.engine import GenerationRequest
from inference.history.export import FIELDS, csv_file, json_lines_file
from inference.history.writer import build_record
from inference.models import EngineEvent, GenerationRecord, InferenceSettings
from tests.inference.history.test_history import outcome

DAY = timedelta(days=1)


def record(**changes: Any) -> GenerationRecord:
    made = build_record(outcome(**changes), texts=True)
    made.save()
    return made


async def read(file: AsyncIterator[bytes]) -> str:
    return b"".join([chunk async for chunk in file]).decode()


@pytest.mark.django_db(transaction=True)
async def test_json_lines_have_every_field_of_every_generation() -> None:
    await GenerationRecord.objects.abulk_create([build_record(outcome(seed=seed), texts=True) for seed in range(250)])
    lines = [json.loads(line) for line in (await read(json_lines_file(GenerationRecord.objects.all()))).splitlines()]
    assert [line["seed"] for line in lines] == list(reversed(range(250)))
    assert set(lines[0]) == set(FIELDS)
    assert lines[0]["messages"][0] == {"role": "system", "content": "Be brief."}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", " =", " \t@", "\u00a0-", "\ufeff+", "\u200b="]
)
async def test_no_cell_of_a_csv_is_a_formula(begin: str) -> None:
    text = f'{begin}HYPERLINK("http://x";"y"),\n"quoted"'
    request = GenerationRequest(prompt=text)
    await GenerationRecord.objects.abulk_create([build_record(outcome(request=request, text=text), texts=True)])
    [line] = csv.DictReader(io.StringIO(await read(csv_file(GenerationRecord.objects.all())), newline=""))
    assert line["answer"] == line["prompt"] == f"'{text}"
    assert not any(
        cell.strip().startswith(("=", "+", "-", "@")) or cell.startswith(("\t", "\r")) for cell in line.values()
    )


@pytest.mark.django_db(transaction=True)
async def test_an_export_takes_little_memory() -> None:
    long = "a" * 10_000
    for _ in range(10):
        await GenerationRecord.objects.abulk_create([build_record(outcome(text=long), texts=True) for _ in range(200)])
    tracemalloc.start()
    size = 0
    async for chunk in json_lines_file(GenerationRecord.objects.all()):
        size += len(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 20_000_000
    assert peak < 8_000_000


@pytest.mark.django_db(transaction=True)
def test_expired_history_is_deleted_and_the_rest_kept(capsys: pytest.CaptureFixture[str]) -> None:
    now = timezone.now()
    old, new = record(at=now - 8 * DAY), record(at=now - 6 * DAY)
    GenerationRecord.objects.filter(pk=new.pk).update(reproduces=old.pk)
    EngineEvent.objects.create(kind="crash", at=now - 8 * DAY)
    call_command("prune_history", "--days", "7", "--dry-run")
    assert "Would delete 1 generation from before" in capsys.readouterr().out
    assert GenerationRecord.objects.count() == 2
    call_command("prune_history", "--days", "7")
    assert "Deleted 1 generation from before" in capsys.readouterr().out
    assert list(GenerationRecord.objects.values_list("pk", "reproduces")) == [(new.pk, None)]
    assert EngineEvent.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_retention_period_is_a_setting() -> None:
    record(at=timezone.now() - 2 * DAY)
    call_command("prune_history")
    assert GenerationRecord.objects.count() == 1
    InferenceSettings(history_days=1).save()
    call_command("prune_history")
    assert GenerationRecord.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_rows_are_deleted_in_batches(django_assert_num_queries: Any) -> None:
    now = timezone.now()
    GenerationRecord.objects.bulk_create([build_record(outcome(at=now - 2 * DAY), texts=False) for _ in range(25)])
    assert GenerationRecord.objects.erase_before(now - DAY, batch=10) == 25
    assert GenerationRecord.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_conversations_that_cannot_be_restored_are_deleted_too(capsys: pytest.CaptureFixture[str]) -> None:
    now = timezone.now()
    for hours in (None, 0, 2):
        deleted_at = None if hours is None else now - timedelta(hours=hours)
        Conversation.objects.create(title="a", visitor=uuid4(), deleted_at=deleted_at)
    call_command("prune_history", "--dry-run")
    assert "Would delete 1 deleted chat." in capsys.readouterr().out
    call_command("prune_history")
    assert Conversation.objects.count() == 2


@pytest.mark.parametrize("days", ["0", "3000000", "many"])
def test_a_retention_period_out_of_range_is_refused(days: str) -> None:
    with pytest.raises(CommandError, match="from 1 to 36500"):
        call_command("prune_history", "--days", days)


def test_inference_does_not_import_chat() -> None:
    """The chat depends on inference, and not the other way round."""
    folder = Path(__file__).parents[3] / "inference"
    assert not [path for path in folder.rglob("*.py") if "from chat" in path.read_text()]
