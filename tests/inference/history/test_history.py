"""Every generation becomes a row, asynchronously: no answer waits for it or fails because of it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from inference.engine import FinishReason, GenerationRequest, Message, Sampling
from inference.history.writer import HistoryWriter, build_record
from inference.models import EngineEvent, GenerationRecord, InferenceSettings
from inference.serving.callers import Caller
from inference.serving.outcome import Outcome
from tests.commands import manage
from tests.inference.serving.test_server import open_request, processes
from tests.server import PATIENCE, Server, until

PLANTED = "the-word-is-xylophone"


@pytest.fixture
def writer() -> HistoryWriter:
    return HistoryWriter()


def outcome(**changes: Any) -> Outcome:
    request = GenerationRequest(
        messages=(Message("system", "Be brief."), Message("user", PLANTED)), sampling=Sampling(0.5, 0.8)
    )
    values: dict[str, Any] = {
        "request": request,
        "caller": Caller("api"),
        "model": "m",
        "reason": FinishReason.STOP,
        "text": "An answer.",
        "prompt_tokens": 7,
        "reused_tokens": 0,
        "generated_tokens": 3,
        "queue": 0.1,
        "prompt": 0.2,
        "first_token": 0.3,
        "decode": 0.4,
        "seed": 5,
        "threads": 2,
        "worker": "99",
    }
    return Outcome(**(values | changes))


def row(**changes: Any) -> GenerationRecord:
    return build_record(outcome(**changes), texts=False)


THOUGHT: dict[str, Any] = {"reasoning": "A thought.", "reasoning_tokens": 2, "thinking": 0.5}


def test_a_record_has_all_facts_of_a_generation() -> None:
    record = build_record(outcome(**THOUGHT), texts=True)
    assert (record.reasoning, record.reasoning_tokens, record.thinking_time) == ("A thought.", 2, 0.5)
    assert record.messages == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": PLANTED}]
    assert (record.answer, record.prompt) == ("An answer.", None)
    assert (record.temperature, record.top_p, record.seed, record.threads, record.worker) == (0.5, 0.8, 5, 2, "99")
    assert (record.queue, record.prompt_time, record.first_token, record.decode) == (0.1, 0.2, 0.3, 0.4)
    assert (record.prompt_tokens, record.generated_tokens, record.reason) == (7, 3, "stop")


def test_a_record_without_texts_has_their_sizes() -> None:
    record = build_record(outcome(**THOUGHT), texts=False)
    assert (record.messages, record.prompt, record.reasoning, record.answer) == (None, None, None, None)
    assert (record.prompt_characters, record.answer_characters) == (len("Be brief." + PLANTED), len("An answer."))
    assert PLANTED not in str(vars(record))


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d of a pair"])
def test_a_text_that_the_database_refuses_is_stored_in_part(text: str) -> None:
    answer = build_record(outcome(text=text), texts=True).answer
    assert answer
    assert "\0" not in answer
    answer.encode()


@pytest.mark.django_db(transaction=True)
def test_rows_are_written_soon_and_together(writer: HistoryWriter) -> None:
    for _ in range(250):
        writer.add(row())
    writer.add(EngineEvent(kind="crash", detail="why"))
    assert writer.flush(PATIENCE)
    assert (GenerationRecord.objects.count(), EngineEvent.objects.count()) == (250, 1)
    assert (writer.written, writer.dropped, writer.waiting) == (251, 0, 0)


def test_the_queue_is_bounded_and_drops_the_oldest_rows(caplog: pytest.LogCaptureFixture) -> None:
    writer = HistoryWriter(max_entries=10, max_bytes=1000)
    writer._thread = threading.Thread()  # no thread writes
    for number in range(25):
        writer.add(row(seed=number), size=10)
    assert [entry.row.seed for entry in writer._entries] == list(range(15, 25))
    writer.add(row(), size=950)
    assert (writer.waiting, writer._bytes) == (6, 1000)
    assert writer.dropped == 20
    assert len([record for record in caplog.records if "dropped" in record.message]) == 1


@pytest.mark.django_db(transaction=True)
def test_rows_stay_queued_while_the_database_fails(writer: HistoryWriter) -> None:
    table = GenerationRecord._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
    writer.add(row(seed=1))
    writer.add(row(seed=2))
    try:
        assert not writer.flush(0.5)
        assert "no such table" in writer.failure or "does not exist" in writer.failure
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")
    assert writer.flush(PATIENCE)
    assert list(GenerationRecord.objects.order_by("pk").values_list("seed", flat=True)) == [1, 2]
    assert (writer.failure, writer.dropped) == ("", 0)


@pytest.mark.django_db(transaction=True)
def test_a_row_of_a_deleted_user_is_stored_without_user(writer: HistoryWriter) -> None:
    user = get_user_model().objects.create_user("ada")
    writer.add(row(caller=Caller("chat", user_id=user.pk)))
    writer.add(row(caller=Caller("chat", user_id=user.pk + 1)))
    assert writer.flush(PATIENCE)
    assert sorted(GenerationRecord.objects.values_list("user_id", flat=True), key=str) == [user.pk, None]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_written_does_not_affect_others(
    writer: HistoryWriter, caplog: pytest.LogCaptureFixture
) -> None:
    bad = build_record(outcome(), texts=True)
    bad.prompt_characters = None
    for each in (row(seed=1), bad, row(seed=2)):
        writer.add(each)
    assert writer.flush(PATIENCE)
    assert set(GenerationRecord.objects.values_list("seed", flat=True)) == {1, 2}
    assert (writer.written, writer.dropped) == (2, 1)
    assert PLANTED not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_by_day_source_user_and_reason() -> None:
    ada = get_user_model().objects.create_user("ada")
    now = timezone.now()
    GenerationRecord.objects.bulk_create(
        [
            row(at=now),
            row(at=now - timedelta(days=1)),
            row(caller=Caller("chat", user_id=ada.pk), reason=FinishReason.LENGTH, at=now),
        ]
    )
    records = GenerationRecord.objects
    assert (records.on_day(now.date()).count(), records.on_day(now.date() - timedelta(days=1)).count()) == (2, 1)
    assert (records.of_source("chat").count(), records.of_user(ada.pk).count()) == (1, 1)
    assert records.all().ended_by("length").of_source("chat").count() == 1


@pytest.mark.usefixtures("empty_history")
def test_plots_get_the_statistics_of_the_rows() -> None:
    until_now = timezone.now()
    since = until_now - timedelta(hours=1)
    waits = [0.1 * number for number in range(1, 11)]
    rows = [row(at=since + timedelta(minutes=1), queue=wait, prompt=0.0, first_token=1.0) for wait in waits]
    failed = outcome(at=since + timedelta(minutes=1), reason=FinishReason.ERROR, error_code="queue_full", queue=None)
    failed.prompt = failed.first_token = failed.decode = failed.generated_tokens = None
    rows += [
        build_record(failed, texts=False),
        row(at=since + timedelta(minutes=31)),
        row(at=since - timedelta(minutes=1)),
    ]
    GenerationRecord.objects.bulk_create(rows)
    first, second, third = GenerationRecord.objects.for_plots(since, 3, until_now)
    assert (first.requests, first.reasons, first.errors) == (11, {"stop": 10, "error": 1}, {"queue_full": 1})
    assert (first.generated_tokens, second.requests, third.requests) == (30, 1, 0)
    assert first.tokens_per_second == pytest.approx(10 * 2 / (10 * 0.4))
    assert first.queue_p50 == pytest.approx(waits[ceil(0.5 * 10) - 1])
    assert first.first_token_p95 == pytest.approx(1.0 + waits[ceil(0.95 * 10) - 1])
    assert (third.queue_p50, third.tokens_per_second) == (None, None)
    EngineEvent.objects.create(kind="crash", at=since + timedelta(minutes=59))
    assert EngineEvent.objects.for_plots(since, 3, until_now) == [{}, {}, {"crash": 1}]


def history(data_dir: Path) -> list[dict[str, Any]]:
    """Return the rows in the server's database."""
    database = sqlite3.connect(data_dir / "db.sqlite3", timeout=PATIENCE)
    database.row_factory = sqlite3.Row
    try:
        return [dict(each) for each in database.execute("SELECT * FROM inference_generationrecord ORDER BY id")]
    finally:
        database.close()


@pytest.fixture
def slow_server(tmp_path: Path, slow_engine: dict[str, str]) -> Iterator[Server]:
    with Server(tmp_path, MAX_QUEUE="1", KEEP_API_TEXTS="true", **slow_engine) as server:
        server.wait_for_health()
        yield server


def is_speaking(process: dict[str, Any]) -> bool:
    """Return whether part of the answer has arrived."""
    return process["state"] == "answering" and bool(process["tokens_per_second"])


def test_every_generation_is_in_the_history_however_it_ends(slow_server: Server, tmp_path: Path) -> None:
    with slow_server.client() as client:
        client.post("/generate", json={"prompt": "one", "max_tokens": 2}).raise_for_status()
        client.post("/generate", json={"prompt": "two " * 5000})
        running = open_request(slow_server, prompt="three")
        assert until(lambda: any(is_speaking(process) for process in processes(slow_server)))
        waiting = open_request(slow_server, prompt="four")
        assert until(lambda: len(client.get("/model_info").json()["engine"]["queue"]) == 1)
        assert client.post("/generate", json={"prompt": "five"}).json()["code"] == "queue_full"
        for each in (waiting, running):
            each.close()
        assert until(lambda: len(history(tmp_path)) == 5)
    ends = {(each["reason"], each["error_code"]) for each in history(tmp_path)}
    assert ends == {("length", ""), ("error", "prompt_too_long"), ("cancelled", ""), ("error", "queue_full")}
    three = next(each for each in history(tmp_path) if each["prompt"] == "three")
    assert three["reason"] == "cancelled"
    assert three["answer"]
    assert three["generated_tokens"] > 0


def test_a_server_writes_queued_rows_at_shutdown(tmp_path: Path, fake_cli: Path) -> None:
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake echo") as server, server.client() as client:
        server.wait_for_health()
        for _ in range(3):
            client.post("/generate", json={"prompt": PLANTED}).raise_for_status()
    records = history(tmp_path)
    assert len(records) == 3
    assert not any(PLANTED in str(each.values()) for each in records)  # only sizes by default


def ask(client: httpx.Client) -> float:
    """Return the seconds that an answer takes."""
    begun = time.monotonic()
    client.post("/generate", json={"prompt": "Hello"}).raise_for_status()
    return time.monotonic() - begun


@pytest.mark.promise(23)
def test_a_failing_database_neither_fails_nor_delays_an_answer(tmp_path: Path, fake_cli: Path) -> None:
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake echo") as server, server.client() as client:
        server.wait_for_health()
        usual = max(ask(client) for _ in range(5))
        assert until(lambda: len(history(tmp_path)) == 5)
        database = sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)
        database.execute("BEGIN EXCLUSIVE")  # blocks all other writers
        locked = max(ask(client) for _ in range(10))
        database.execute("COMMIT")
        assert until(lambda: len(history(tmp_path)) == 15)
        database.execute("ALTER TABLE inference_generationrecord RENAME TO away")
        missing = max(ask(client) for _ in range(10))
        assert until(lambda: "The history cannot be written" in server.log)
        database.execute("ALTER TABLE away RENAME TO inference_generationrecord")
        database.close()
    assert len(history(tmp_path)) == 25
    assert max(locked, missing) < usual + 0.5  # waiting for the database would take 20 s


def test_a_question_of_the_ask_command_is_in_the_history(tmp_path: Path, fake_cli: Path) -> None:
    environment = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake echo"}
    manage(tmp_path, "migrate")
    manage(tmp_path, "ask", "Hello", **environment)
    [record] = history(tmp_path)
    assert (record["source"], record["reason"], record["answer"]) == ("command", "stop", None)


def test_storing_texts_is_a_setting(tmp_path: Path, fake_cli: Path) -> None:
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake echo") as server, server.client() as client:
        server.wait_for_health()
        client.post("/generate", json={"prompt": "first"})
        manage(
            tmp_path,
            "shell",
            "-c",
            f"from {InferenceSettings.__module__} import *; InferenceSettings(keep_api_texts=True).save()",
        )
        assert until(lambda: "keep_api_texts False → True" in server.log)
        client.post("/generate", json={"prompt": "second"})
    assert [record["messages"] is not None for record in history(tmp_path)] == [False, True]
