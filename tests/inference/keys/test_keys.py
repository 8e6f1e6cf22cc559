"""API keys: created, stored, compared, refused, and used on a real server."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from inference.keys.api_keys import matches, new_key, prefix_of
from inference.models import ApiKey
from tests.commands import api_key, manage, user
from tests.server import Server, until

QUESTION = {"prompt": "What is machine learning?"}


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


@pytest.mark.promise(26)
def test_a_key_has_256_random_bits_after_a_prefix() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        secret = re.fullmatch(r"bnk_[a-z0-9]{8}_([A-Za-z0-9_-]{43})", key)
        assert secret
        assert len(urlsafe_b64decode(secret[1] + "=")) == 32


@pytest.mark.promise(26)
def test_only_a_hash_and_a_prefix_of_a_key_are_stored(ada: User) -> None:
    row, key = ApiKey.objects.issue(user=ada, name="backup")
    kept = [str(value) for value in ApiKey.objects.values_list().get(pk=row.pk)]
    assert row.digest == hashlib.sha256(key.encode()).hexdigest()
    assert row.shown == f"{key[:12]}…"
    assert not any(key[13:] in value for value in kept)
    assert str(row.pk).isdecimal()  # the id in URLs reveals nothing about the key


@pytest.mark.promise(26)
def test_almost_correct_keys_are_unknown(ada: User) -> None:
    row, key = ApiKey.objects.issue(user=ada, name="backup")
    other = ApiKey.objects.issue(user=ada, name="other")[1]
    assert ApiKey.objects.known(key) == row
    for wrong in ("", "bnk_", key[:-1], key + "a", key.upper(), key[:-1] + ("a" if key[-1] != "a" else "b")):
        assert ApiKey.objects.known(wrong) is None
    assert ApiKey.objects.known(key[:12] + other[12:]) is None
    assert not matches(key, other)


def test_finding_a_key_and_its_owner_is_one_query_by_index(ada: User, django_assert_num_queries: object) -> None:
    _, key = ApiKey.objects.issue(user=ada, name="backup")
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert ApiKey.objects.known(key).user.is_active  # type: ignore[union-attr]
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert ApiKey.objects.known("sk-of-another-service") is None
    plan = ApiKey.objects.filter(prefix=prefix_of(key)).explain()
    assert "SEARCH" in plan or "Index" in plan


def test_the_last_use_is_written_at_most_once_per_minute(ada: User, django_assert_num_queries: object) -> None:
    row, _ = ApiKey.objects.issue(user=ada, name="backup")
    with django_assert_num_queries(1):  # type: ignore[operator]
        row.touch()
    row.refresh_from_db()
    assert row.last_used_at
    with django_assert_num_queries(0):  # type: ignore[operator]
        row.touch()
    row.last_used_at -= timedelta(minutes=2)
    with django_assert_num_queries(1):  # type: ignore[operator]
        row.touch()


@pytest.fixture(scope="module")
def keyed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the user ada."""
    folder = tmp_path_factory.mktemp("keyed")
    user(folder)
    return folder


@pytest.fixture(scope="module")
def fast_engine(fake_cli: Path) -> dict[str, str]:
    return {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}


def test_a_server_that_requires_keys_refuses_other_requests(keyed_data: Path, fast_engine: dict[str, str]) -> None:
    key = api_key(keyed_data)
    with Server(keyed_data, REQUIRE_API_KEY="true", **fast_engine) as server, server.client() as client:
        server.wait_for_health()
        for method, path in (("POST", "/generate"), ("GET", "/model_info")):
            refused = client.request(method, path, json=QUESTION)
            assert (refused.status_code, refused.json()["code"]) == (401, "key_required")
            assert refused.headers["www-authenticate"] == 'Bearer realm="BitNet"'
            assert "/accounts/keys" in refused.json()["detail"]
            for headers in (bearer(key), {"x-api-key": key}, {"authorization": f"bearer  {key}"}):
                assert client.request(method, path, json=QUESTION, headers=headers).status_code == 200
        for path in ("/health", "/health/live", "/schema/", "/docs/"):
            assert client.get(path).status_code == 200, path
        streamed = client.post("/generate", json=QUESTION | {"stream": True}, headers=bearer(key))
        assert "event: done" in streamed.text
        assert key not in server.log
        assert until(lambda: ApiKeyRow(keyed_data, key).last_used)


def test_an_invalid_key_is_refused_even_if_none_is_required(keyed_data: Path, fast_engine: dict[str, str]) -> None:
    key, revoked, expired = api_key(keyed_data), api_key(keyed_data), api_key(keyed_data)
    ApiKeyRow(keyed_data, expired).set("expires_at", timezone.now() - timedelta(seconds=1))
    with Server(keyed_data, **fast_engine) as server, server.client() as client:
        server.wait_for_health()
        assert client.post("/generate", json=QUESTION).status_code == 200
        assert client.post("/generate", json=QUESTION, headers=bearer(revoked)).status_code == 200
        ApiKeyRow(keyed_data, revoked).set("revoked_at", timezone.now())
        for bad, error in (
            (revoked, "revoked"),
            (expired, "expired"),
            (key[:-2] + "zz", "does not know"),
            ("sk-none", "does not know"),
        ):
            for headers in (bearer(bad), {"x-api-key": bad}):
                for method, path in (("POST", "/generate"), ("GET", "/model_info")):
                    refused = client.request(method, path, json=QUESTION, headers=headers)
                    assert (refused.status_code, refused.json()["code"]) == (401, "key_invalid")
                    assert error in refused.json()["detail"]
                    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
        assert client.post("/generate", json=QUESTION, headers=bearer(key)).status_code == 200
        basic = client.post("/generate", json=QUESTION, headers={"authorization": "Basic YWRhOmFkYQ=="})
        assert basic.status_code == 200  # other schemes are for a proxy
        assert not any(secret in server.log for secret in (key, revoked, expired))


def test_a_plain_request_needs_no_database_and_one_with_a_key_reports_that_it_does(
    tmp_path: Path, fast_engine: dict[str, str]
) -> None:
    with Server(tmp_path, DATABASE_URL="sqlite:////nonexistent/db.sqlite3", **fast_engine) as server:
        server.wait_for_health()
        with server.client() as client:
            assert client.post("/generate", json=QUESTION).status_code == 200
            assert client.get("/model_info").status_code == 200
            refused = client.post("/generate", json=QUESTION, headers=bearer(new_key()))
            assert refused.status_code == 503
            assert refused.headers["retry-after"]


def test_keys_used_from_one_address_are_separate_callers(keyed_data: Path, fast_engine: dict[str, str]) -> None:
    """One key does not find a conversation that another key's process holds."""
    first, second = api_key(keyed_data), api_key(keyed_data)
    turns = [{"role": "user", "content": "My name is Ada."}]
    with Server(keyed_data, **fast_engine) as server, server.client() as client:
        server.wait_for_health()

        def reused(headers: dict[str, str]) -> int:
            answer = client.post("/generate", json={"messages": turns}, headers=headers).json()["generated_text"]
            following = [*turns, {"role": "assistant", "content": answer}, {"role": "user", "content": "And mine?"}]
            body = {"messages": following, "details": True}
            other = bearer(second) if headers != bearer(second) else {}
            assert client.post("/generate", json=body, headers=other).json()["reused_tokens"] == 0
            tokens: int = client.post("/generate", json=body, headers=headers).json()["reused_tokens"]
            return tokens

        assert reused(bearer(first)) > 0
        assert reused({}) > 0


def test_a_command_creates_keys(keyed_data: Path) -> None:
    printed = manage(keyed_data, "create_api_key", "ada", "backup", "--days", "30", "--at-once", "2")
    row = ApiKeyRow(keyed_data, printed.split()[-1])
    assert row.get("at_once") == 2
    assert row.get("expires_at")


class ApiKeyRow:
    """The row of a key, read and written directly in the server's database."""

    def __init__(self, data_dir: Path, key: str) -> None:
        self._path, self._prefix = data_dir / "db.sqlite3", key[:12]

    def get(self, column: str) -> object:
        import sqlite3

        connection = sqlite3.connect(self._path, timeout=30)
        try:
            query = f"SELECT {column} FROM inference_apikey WHERE prefix = ?"  # noqa: S608
            return connection.execute(query, [self._prefix]).fetchone()[0]
        finally:
            connection.close()

    def set(self, column: str, value: object) -> None:
        import sqlite3

        connection = sqlite3.connect(self._path, timeout=30)
        try:
            connection.execute(
                f"UPDATE inference_apikey SET {column} = ? WHERE prefix = ?",  # noqa: S608
                [str(value).replace("+00:00", ""), self._prefix],
            )
            connection.commit()
        finally:
            connection.close()

    @property
    def last_used(self) -> bool:
        return self.get("last_used_at") is not None
