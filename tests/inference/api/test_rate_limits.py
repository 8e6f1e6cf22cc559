"""Limits of one caller: requests per minute, tokens per day, concurrent answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection

from inference.api.errors import describe
from inference.api.limits import concurrency, windows
from inference.api.limits.metering import metered
from inference.api.limits.policy import DAY, MINUTE, Limit, LimitReached, token_limit
from inference.api.limits.windows import consume, peek
from inference.engine import Event, Finished, Started, Text, Timings, Usage
from inference.engine.types import FinishReason
from inference.models import ApiKey, RateWindow
from tests.commands import api_key, user
from tests.inference.keys.test_keys import bearer
from tests.server import PATIENCE, Server, until

QUESTION = {"prompt": "What is machine learning?"}


def per_minute(bucket: str, amount: int = 2) -> Limit:
    return Limit("One caller", bucket, amount, MINUTE)


def test_a_window_begins_with_the_first_request_in_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    assert [consume(per_minute("a"), 1).used for _ in range(3)] == [1, 2, 3]
    assert consume(per_minute("b"), 5).used == 5
    now += 59.0
    usage = consume(per_minute("a"), 1)
    assert (usage.used, usage.resets_in) == (4, 1.0)
    now += 1.0
    usage = consume(per_minute("a"), 1)
    assert (usage.used, usage.resets_in) == (1, 60.0)
    assert usage.headers == {"RateLimit-Limit": "2", "RateLimit-Remaining": "1", "RateLimit-Reset": "60"}


@pytest.mark.promise(33)
def test_a_clock_that_is_set_back_locks_no_caller_out(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    assert [consume(per_minute("a"), 1).used for _ in range(3)] == [1, 2, 3]
    now -= 30
    assert (peek(per_minute("a")).resets_in, consume(per_minute("a"), 1).resets_in) == (60, 60)
    now -= DAY
    assert (peek(per_minute("a")).used, consume(per_minute("a"), 1).used) == (0, 1)


def test_counting_is_one_statement(db: None, django_assert_num_queries: Any) -> None:
    consume(per_minute("a"), 1)
    with django_assert_num_queries(1):
        consume(per_minute("a"), 1)
    with django_assert_num_queries(1):
        assert peek(per_minute("a")).used == 2


@pytest.mark.django_db(transaction=True)
def test_concurrent_threads_are_counted_exactly() -> None:
    def count(_: int) -> int:
        try:
            return consume(per_minute("a", 10), 1).used
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        assert sorted(threads.map(count, range(200))) == list(range(1, 201))


def test_expired_windows_are_deleted(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    RateWindow.objects.create(bucket="old", started=time.time() - DAY - 1, used=1)
    RateWindow.objects.create(bucket="new", started=time.time() - MINUTE, used=1)
    monkeypatch.setattr(windows, "_pruned_at", -windows.PRUNE_INTERVAL)
    consume(per_minute("a"), 1)
    assert set(RateWindow.objects.values_list("bucket", flat=True)) == {"new", "a"}


@pytest.fixture
def key(transactional_db: None) -> ApiKey:
    return ApiKey.objects.issue(user=User.objects.create_user("ada"), name="k", tokens_per_day=100, at_once=1)[0]


async def answer(pieces: int, prompt_tokens: int = 20, generated: int = 7) -> AsyncGenerator[Event, None]:
    yield Started(prompt_tokens, 0)
    for _ in range(pieces):
        yield Text("ab", tokens=2)
    yield Finished(FinishReason.STOP, Usage(prompt_tokens, 0, generated), Timings(), 1, 1, "1", "m", "Model")


def used(key: ApiKey) -> int:
    limit = token_limit(key)
    assert limit == Limit("This API key", f"key:{key.pk}:tokens", 100, DAY)
    return peek(limit).used


async def test_an_answer_is_charged_with_what_it_took(key: ApiKey) -> None:
    assert len([event async for event in metered(answer(3), key)]) == 5
    assert await asyncio.to_thread(fresh, used, key) == 27


async def test_an_interrupted_answer_is_charged_with_what_was_sent(key: ApiKey) -> None:
    events = metered(answer(50), key)
    for _ in range(6):
        await anext(events)
    await events.aclose()
    assert await asyncio.to_thread(fresh, used, key) == 20 + 5 * 2


async def test_an_answer_whose_tokens_cannot_be_counted_is_still_delivered(
    key: ApiKey, caplog: pytest.LogCaptureFixture
) -> None:
    table = RateWindow._meta.db_table

    def rename(old: str, new: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")
        connection.close()

    await asyncio.to_thread(rename, table, "away")
    try:
        assert len([event async for event in metered(answer(3), key)]) == 5
    finally:
        await asyncio.to_thread(rename, "away", table)
    assert "27 tokens" in caplog.text


async def test_a_place_is_released_however_the_answer_ends(key: ApiKey) -> None:
    for ending in ("whole", "closed"):
        events = metered(answer(3), key)
        await anext(events)
        with pytest.raises(LimitReached) as refused:
            await anext(metered(answer(3), key))
        described = describe(refused.value)
        assert (described.status, described.code) == (429, "too_many_at_once")
        if ending == "closed":
            await events.aclose()
        else:
            assert [event async for event in events]
    assert not concurrency.running()


def fresh(function: Callable[[ApiKey], int], key: ApiKey) -> int:
    """Run in a thread, and close its connection."""
    try:
        return function(key)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def keyed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("limits")
    user(folder)
    return folder


@pytest.fixture
def fast_engine(fake_cli: Path) -> dict[str, str]:
    return {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}


@pytest.mark.parametrize("own", [True, False], ids=["of the key", "of any caller"])
def test_just_ten_of_fifty_concurrent_requests_pass(keyed_data: Path, fast_engine: dict[str, str], own: bool) -> None:
    headers = bearer(api_key(keyed_data, "--requests-per-minute", "10")) if own else {}
    general = {} if own else {"RATE_LIMIT": "10"}
    with Server(keyed_data, **general, **fast_engine) as server:
        server.wait_for_health()

        def ask(_: int) -> httpx.Response:
            with server.client() as client:
                return client.post("/generate", json=QUESTION, headers=headers)

        with ThreadPoolExecutor(50) as threads:
            answers = list(threads.map(ask, range(50)))
        assert Counter(answer.status_code for answer in answers) == {200: 10, 429: 40}
        remaining = sorted(int(each.headers["ratelimit-remaining"]) for each in answers if each.status_code == 200)
        assert remaining == list(range(10))
        for refused in (each for each in answers if each.status_code == 429):
            assert refused.json()["code"] == "rate_limit"
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert refused.headers["ratelimit-limit"] == "10"
            assert refused.headers["ratelimit-remaining"] == "0"
            assert refused.headers["ratelimit-policy"] == "10;w=60"


def test_streams_and_errors_have_the_limit_headers_too(tmp_path: Path, fast_engine: dict[str, str]) -> None:
    user(tmp_path)
    keys = [bearer(api_key(tmp_path)) for _ in range(2)]  # they share their owner's general limit
    chosen = bearer(api_key(tmp_path, "--requests-per-minute", "2"))  # so does a key that any user can create
    granted = bearer(api_key(tmp_path, "--requests-per-minute", "5"))
    with Server(tmp_path, RATE_LIMIT="3", **fast_engine) as server, server.client() as client:
        server.wait_for_health()
        streamed = client.post("/generate", json=QUESTION | {"stream": True})
        assert streamed.headers["content-type"] == "text/event-stream"
        assert streamed.headers["ratelimit-remaining"] == "2"
        invalid = client.post("/generate", json={"prompt": 7})
        assert (invalid.status_code, invalid.headers["ratelimit-remaining"]) == (400, "1")
        assert "ratelimit-limit" not in client.get("/model_info").headers
        answers = [client.post("/generate", json=QUESTION, headers=keys[at % 2]) for at in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert client.post("/generate", json=QUESTION, headers=chosen).status_code == 429
        assert client.post("/generate", json=QUESTION, headers=granted).headers["ratelimit-limit"] == "5"


def test_the_headers_of_a_key_with_a_lower_limit_show_the_nearer_one(
    tmp_path: Path, fast_engine: dict[str, str]
) -> None:
    user(tmp_path)
    keys = [bearer(api_key(tmp_path, "--requests-per-minute", "2")) for _ in range(2)]
    with Server(tmp_path, RATE_LIMIT="3", **fast_engine) as server, server.client() as client:
        server.wait_for_health()
        answers = [client.post("/generate", json=QUESTION, headers=keys[at]).headers for at in (0, 1)]
        assert [(each["ratelimit-limit"], each["ratelimit-remaining"]) for each in answers] == [("2", "1"), ("2", "1")]
        assert answers[0]["ratelimit-policy"] == "2;w=60, 3;w=60"
        assert client.post("/generate", json=QUESTION, headers=keys[0]).status_code == 200
        refused = client.post("/generate", json=QUESTION, headers=keys[1])
        assert (refused.status_code, refused.headers["ratelimit-limit"]) == (429, "3")


def test_daily_tokens_are_charged_with_the_counts_of_the_answer(keyed_data: Path, fast_engine: dict[str, str]) -> None:
    headers = bearer(api_key(keyed_data, "--tokens-per-day", "60"))
    with Server(keyed_data, **fast_engine) as server, server.client() as client:
        server.wait_for_health()
        spent = 0
        while spent < 60:
            body = QUESTION | {"stream": spent > 0}
            answered = client.post("/generate", json=body, headers=headers)
            assert answered.status_code == 200
            assert answered.headers["ratelimit-remaining"] == str(60 - spent)
            answers = json.loads(answered.text.split("event: done\ndata: ")[-1])
            spent += answers["tokens_processed"] + answers["tokens_generated"]
        refused = client.post("/generate", json=QUESTION, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "token_limit")
        assert int(refused.headers["retry-after"]) > 80_000
        assert f"has used {spent}" in refused.json()["detail"]
        assert refused.headers["ratelimit-policy"] == "60;w=86400"


def test_a_key_has_no_more_concurrent_answers_than_allowed(keyed_data: Path, slow_engine: dict[str, str]) -> None:
    key = api_key(keyed_data, "--at-once", "1")
    with Server(keyed_data, MODEL_INSTANCES="2", **slow_engine) as server, server.client() as client:
        server.wait_for_health()
        body = QUESTION | {"stream": True}
        with client.stream("POST", "/generate", json=body, headers=bearer(key)) as running:
            assert running.status_code == 200
            for stream in (False, True):
                refused = client.post("/generate", json=QUESTION | {"stream": stream}, headers=bearer(key))
                assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
                assert refused.headers["retry-after"] == "1"

        def free() -> bool:
            with client.stream("POST", "/generate", json=body, headers=bearer(key)) as answer:
                return answer.status_code == 200

        assert until(free, PATIENCE)
