"""`/health`: of a paused engine, and of one that cannot be started, whose reason is for administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient

from inference.engine import Engine
from inference.serving import service
from tests.server import DEMO_MODEL


@pytest.fixture
async def pool(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, fake_cli: Path, transactional_db: None
) -> AsyncIterator[Engine]:
    """An engine for one test."""
    settings.DATA_DIR = tmp_path
    for name, value in {"LLAMA_CLI": fake_cli, "MODEL_PATH": DEMO_MODEL, "MAX_THREADS": 1}.items():
        monkeypatch.setenv(name, str(value))
    try:
        yield await service.engine()
    finally:
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


async def test_the_reason_of_a_failure_is_for_administrators(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, transactional_db: None
) -> None:
    settings.DATA_DIR = tmp_path
    missing = str(tmp_path / "missing-llama-cli")
    monkeypatch.setenv("LLAMA_CLI", missing)
    stranger, administrator = AsyncClient(), AsyncClient()
    await administrator.aforce_login(await User.objects.acreate_superuser("ada"))
    await stranger.get("/")  # opens the session that the chat page needs
    body = {"prompt": "a"}
    answers = [
        await stranger.post("/generate", body, content_type="application/json"),
        await stranger.post("/v1/completions", {**body, "model": "a"}, content_type="application/json"),
        await stranger.get("/health"),
        await stranger.get("/model_info"),
        await stranger.get("/chat/status"),
    ]
    for answer in answers:
        shown = answer.content.decode()
        assert "cannot be started" in shown
        assert str(tmp_path) not in shown
    assert missing in (await administrator.get("/admin/")).content.decode()
    await service.stop()
