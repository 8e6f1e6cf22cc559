"""Environment variables: valid and invalid values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from bitnetsite.env import BASE_DIR, VARIABLES, env


@pytest.mark.parametrize("name", VARIABLES)
def test_every_default_is_a_valid_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name, raising=False)
    env(name)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("MAX_THREADS", "2", 2),
        ("RESIDENT_INSTANCES", "0", 0),
        ("RESIDENT_INSTANCES", "", None),
        ("QUEUE_TIMEOUT", "0.5", 0.5),
        ("LLAMA_ARGS", "-b 1 --x 'a b'", ("-b", "1", "--x", "a b")),
        ("ALLOWED_HOSTS", "a, b,", ["a", "b"]),
        ("PATH_PREFIX", "/llm/", "/llm"),
        ("PATH_PREFIX", "/a/b.c", "/a/b.c"),
        ("PATH_PREFIX", "/", ""),
        ("DEBUG", "True", True),
        ("DEFAULT_TEMPERATURE", "0", 0.0),
        ("EXAMPLE_QUESTIONS", "Why? ; How?;", ("Why?", "How?")),
        ("LOG_FORMAT", "", ""),
        ("MODEL_PATH", "models/x.gguf", BASE_DIR / "models/x.gguf"),
        ("MODEL_PATH", "/models/x.gguf", Path("/models/x.gguf")),
    ],
)
def test_values(name: str, text: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    assert env(name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MAX_THREADS", "0"),
        ("MAX_THREADS", "many"),
        ("MAX_QUEUE", "-1"),
        ("CONTEXT_SIZE", "127"),
        ("QUEUE_TIMEOUT", "inf"),
        ("QUEUE_TIMEOUT", "nan"),
        ("DEBUG", "maybe"),
        ("DEFAULT_TEMPERATURE", "nan"),
        ("DEFAULT_TOP_P", "0"),
        ("MAX_PROMPT_CHARS", "100001"),
        ("LOG_FORMAT", "xml"),
        ("LLAMA_ARGS", "'unclosed"),
        ("QUEUE_TIMEOUT", "1e300"),
        ("DEFAULT_SYSTEM_PROMPT", "a" * 20_001),
        ("PAGE_NAME", "\udcff"),
        ("HF_ENDPOINT", "https://["),
        ("HF_ENDPOINT", "https://host:port"),
        ("HF_ENDPOINT", "huggingface.co"),
        ("ALLOWED_HOSTS", ","),
        ("PATH_PREFIX", "llm"),
        ("PATH_PREFIX", "//llm"),
        ("PATH_PREFIX", "/../llm"),
        ("PATH_PREFIX", "https://chat.example.org/llm"),
        ("PATH_PREFIX", "/a b"),
        ("ALLOWED_HOSTS", "https://chat.example.org"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://user@host/name"),
        ("DATABASE_URL", "postgres://user@host:port/name"),
        ("DATABASE_URL", "postgres://["),
        ("DATABASE_URL", "postgres://host"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "sqlite://folder/file"),
        ("SECRET_KEY", "x"),
        ("SECRET_KEY", "x" * 50),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ImproperlyConfigured, match=f"{name}.*(expected|quotation)"):
        env(name)


NUMBERS = [name for name, variable in VARIABLES.items() if variable.default.replace(".", "").isdigit()]
OPTIONAL_NUMBERS = ["RESIDENT_INSTANCES", "MAX_ANSWER_TOKENS", "MAX_REQUESTS_PER_CALLER", "RATE_LIMIT"]


@pytest.mark.parametrize("name", [*NUMBERS, *OPTIONAL_NUMBERS])
def test_every_number_has_a_maximum(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "3000000000")
    with pytest.raises(ImproperlyConfigured, match="expected a"):
        env(name)


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "METRICS_TOKEN", "DJANGO_SUPERUSER_PASSWORD"])
def test_errors_do_not_show_secrets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "mysql://ada:tangerine\udcff@host/name")
    with pytest.raises(ImproperlyConfigured) as refused:
        env(name)
    assert "tangerine" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "engine", "name"),
    [
        ("postgres://ada:secret@db.example.org:5433/chat", "django.db.backends.postgresql", "chat"),
        ("postgresql://ada@/chat", "django.db.backends.postgresql", "chat"),
        ("sqlite:////srv/chat.sqlite3", "django.db.backends.sqlite3", "/srv/chat.sqlite3"),
        ("sqlite:///chat.sqlite3", "django.db.backends.sqlite3", str(BASE_DIR / "chat.sqlite3")),
    ],
)
def test_databases(url: str, engine: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    database = env("DATABASE_URL")
    assert (database["ENGINE"], database["NAME"]) == (engine, name)
