"""`/health`: of an engine that is paused, cannot be started (the reason is for administrators), or cannot chat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient

from inference.engine import Engine
from inference.serving import service
from tests.server import DEMO_MODEL

ENGINE = {"MODEL_PATH": DEMO_MODEL, "MAX_THREADS": 1}


@pytest.fixture
async def pool(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, fake_cli: Path, transactional_db: None
) -> AsyncIterator[Engine]:
    """An engine for one test."""
    settings.DATA_DIR = tmp_path
    for name, value in ({"LLAMA_CLI": fake_cli} | ENGINE).items():
        monkeypatch.setenv(name, str(value))
    try:
        yield await service.engine()
    finally:
        await service.stop()


@pytest.mark.promise(18)
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
        await stranger.post("/v1/completions", {**body, "model": "default"}, content_type="application/json"),
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


@pytest.mark.parametrize(
    ("template", "reason"),
    [("{{ raise_exception('Not today.') }}", "Not today."), (None, "has no chat template"), ("chatml", "plain text")],
)
async def test_a_model_that_cannot_chat_says_so_and_still_completes(
    template: str | None,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    settings: Any,
    tmp_path: Path,
    fake_cli: Path,
    small_model: Callable[..., Path],
    transactional_db: None,
) -> None:
    settings.DATA_DIR = tmp_path
    for name, value in ({"LLAMA_CLI": fake_cli} | ENGINE).items():
        monkeypatch.setenv(name, str(value))
    if template:
        monkeypatch.setenv("CHAT_TEMPLATE", template)
    else:
        monkeypatch.setenv("MODEL_PATH", str(small_model(template=None)))
    client = AsyncClient()
    try:
        await service.engine()
        assert reason in caplog.text
        health = await client.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "ok")
        assert reason in health.json()["detail"]
        assert reason in (await client.get("/model_info")).json()["model"]["cannot_chat"]
        chat = await client.post("/generate", {"prompt": "Hi"}, content_type="application/json")
        assert (chat.status_code, chat.json()["code"]) == (501, "chat_template_invalid")
        assert reason in chat.json()["detail"]
        assert "alternate" not in chat.json()["detail"]
        completion = {"prompt": "Hi", "conversation_mode": False}
        assert (await client.post("/generate", completion, content_type="application/json")).status_code == 200
    finally:
        await service.stop()
