"""Fixtures of the chat's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.answers import answer_registry
from inference.serving import service

Engine = Callable[..., None]


@pytest.fixture(autouse=True)
def no_reserved_answers() -> Iterator[None]:
    """Release answers that a test reserved without starting them."""
    yield
    for task in answer_registry.tasks():
        answer_registry.release(task)


@pytest.fixture
async def engine(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, fake_cli: Path
) -> AsyncIterator[Engine]:
    """The engine of this test, in this process. Call it with switches of the fake llama-cli and settings."""
    settings.DATA_DIR = tmp_path

    def configure(*switches: str, **environment: str) -> None:
        arguments = " ".join(f"--fake {switch}" for switch in switches)
        for name, value in (
            {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": arguments, "MAX_THREADS": "1"} | environment
        ).items():
            monkeypatch.setenv(name, value)

    configure()
    yield configure
    await answer_registry.end_all()
    await service.stop()
