"""Every protocol while no engine can answer: it cannot be started, or its model is being downloaded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient

from inference.serving import service
from tests.hub import FILE, PART, REPO, Hub
from tests.inference.api.endpoints import ANSWERS, message_of

ASKED = {**ANSWERS, "/tokenize": {"prompt": "Hello"}, "/api/show": {"model": "any"}}
READ = ("/v1/models", "/v1/models/any", "/api/tags", "/api/ps", "/model_info")


@pytest.fixture
def hub(small_model: Callable[..., Path]) -> Iterator[Hub]:
    with Hub(small_model().read_bytes()) as hub:
        hub.pause_at = PART
        yield hub


@pytest.fixture
async def unready(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
    hub: Hub,
    transactional_db: None,
) -> AsyncIterator[str]:
    """Words of the reason."""
    settings.DATA_DIR = tmp_path
    download = {"FETCH_MODEL": "true", "HF_ENDPOINT": hub.url, "MODEL_REPO": REPO, "MODEL_FILE": FILE}
    download |= {"MODEL_PATH": str(tmp_path / FILE), "MODELS_DIR": str(tmp_path)}
    broken = {"LLAMA_CLI": str(tmp_path / "missing")}
    for name, value in (download if request.param == "being downloaded" else broken).items():
        monkeypatch.setenv(name, value)
    await service.start()
    yield request.param
    hub.go_on.set()
    await service.stop()


@pytest.mark.parametrize("unready", ["cannot be started", "being downloaded"], indirect=True)
async def test_every_endpoint_says_in_its_protocol_that_no_engine_answers(unready: str) -> None:
    client = AsyncClient()
    post: Callable[..., Any] = client.post
    answers = {path: await post(path, body, content_type="application/json") for path, body in ASKED.items()}
    answers |= {
        f"{path} streamed": await post(path, body | {"stream": True}, content_type="application/json")
        for path, body in ANSWERS.items()
    }
    answers |= {path: await client.get(path) for path in READ}
    for path, answer in answers.items():
        assert (path, answer.status_code, answer.headers.get("retry-after")) == (path, 503, "5")
        assert unready in message_of(path, answer.json()), path
    assert (await client.get("/api/version")).status_code == 200
