"""`/health` of an engine that an administrator has paused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient

from inference.engine import Engine
from inference.serving import service
from inference.serving.supervisor import EngineSupervisor
from tests.server import DEMO_MODEL


@pytest.fixture
async def pool(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, fake_cli: Path, transactional_db: None
) -> AsyncIterator[Engine]:
    """An engine for one test."""
    settings.DATA_DIR = tmp_path
    for name, value in {"LLAMA_CLI": fake_cli, "MODEL_PATH": DEMO_MODEL, "MAX_THREADS": 1}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr(service, "supervisor", EngineSupervisor())
    yield await service.engine()
    await service.stop()


async def test_a_paused_engine_is_not_ready(pool: Engine) -> None:
    client = AsyncClient()
    assert (await client.get("/health")).json()["status"] == "ok"
    await pool.pause()
    response = await client.get("/health")
    assert (response.status_code, response.json()["status"]) == (503, "paused")
    assert "new ones wait" in response.json()["detail"]
    assert (await client.get("/health/live")).status_code == 200
    await pool.resume()
    assert (await client.get("/health")).status_code == 200
