"""Fixtures of the API's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from inference.models import EngineEvent, GenerationRecord
from tests.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, engine_binary: Callable[[str], Path]) -> Iterator[Server]:
    """One server for all tests that do not change it."""
    engine_binary("llama-cli")
    with Server(tmp_path_factory.mktemp("server")) as server:
        server.wait_for_health()
        yield server


@pytest.fixture(scope="session")
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def slow_engine(fake_cli: Path) -> dict[str, str]:
    """Settings of a server whose answers take seconds on any machine."""
    return {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=500 --fake seconds-per-token=0.05"}


@pytest.fixture
def empty_history(db: None) -> None:
    """Remove rows of other tests: a thread writes them outside the transactions of tests."""
    GenerationRecord.objects.all().delete()
    EngineEvent.objects.all().delete()
