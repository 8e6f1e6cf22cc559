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
    ],
)
def test_a_wrong_value_is_refused_with_its_name(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ImproperlyConfigured, match=f"{name}.*(expected|quotation)"):
        env(name)
