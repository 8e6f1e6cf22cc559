"""What operators and owners of keys change while answers are streamed: each ends as documented, in its protocol."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient
from django.utils import timezone

from inference.engine import Engine
from inference.models import ApiKey
from inference.serving import service
from tests.engine_processes import until
from tests.inference.api.endpoints import ANSWERS
from tests.server import DEMO_MODEL, PATIENCE

OTHER = "other"
ASKED = json.loads(json.dumps(ANSWERS).replace("Hello", "Zebra"))
STREAMED = {path: body | {"stream": True, "model": OTHER} for path, body in ASKED.items()}
WORD = "w2"  # the last one before the gate
SEVERAL = [(path, STREAMED[path] | {"n": 2}) for path in ("/v1/chat/completions", "/v1/completions")]


class Stream:
    """One streamed response, read piece by piece."""

    def __init__(self, path: str, response: Any) -> None:
        assert response.status_code == 200, response.content
        self.path = path
        self.text = ""
        self._pieces = aiter(response.streaming_content)

    async def read(self, until: str = "") -> None:
        """Read up to the piece in which this text is complete; without one, to the end."""
        async with asyncio.timeout(PATIENCE):
            async for piece in self._pieces:
                self.text += piece.decode()
                if until and until in self.text:
                    return
        assert until == "", self.text

    @property
    def ended(self) -> bool:
        """Whether the stream ended with a complete answer, as its protocol says it."""
        *_, last = self.text.strip().split("\n\n" if "data:" in self.text else "\n")
        match self.path:
            case "/generate":
                return last.startswith("event: done\n")
            case "/v1/responses":
                return last.startswith(("event: response.completed\n", "event: response.incomplete\n"))
            case "/v1/chat/completions" | "/v1/completions":
                return last == "data: [DONE]"
        return json.loads(last)["done"] is True

    @property
    def error(self) -> dict[str, Any]:
        """The error with which a stream of choices ended."""
        *_, last = self.text.strip().split("\n\n")
        error: dict[str, Any] = json.loads(last.removeprefix("data: "))["error"]
        return error


class Gate:
    """Answers about a zebra stop after a few words, as long as the file exists."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.close()

    def open(self) -> None:
        self.path.unlink()

    def close(self) -> None:
        self.path.touch()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "closed")


@pytest.fixture
async def engine(
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
    gate: Gate,
    fake_cli: Path,
    small_model: Callable[..., Path],
    transactional_db: None,
) -> AsyncIterator[Engine]:
    """An engine with two models."""
    models = tmp_path / "models"
    models.mkdir()
    (models / "demo-bitnet.gguf").symlink_to(DEMO_MODEL)
    (models / f"{OTHER}.gguf").symlink_to(small_model(weights="TQ2_0"))
    settings.DATA_DIR = tmp_path
    variables = {
        "LLAMA_CLI": fake_cli,
        "LLAMA_ARGS": f"--fake tokens=9 --fake wait-at=3 --fake when=Zebra --fake while={gate.path}",
        "MODELS_DIR": models,
        "MODEL_PATH": models / "demo-bitnet.gguf",
        "MAX_THREADS": 1,
        "QUEUE_TIMEOUT": 2,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))
    try:
        yield await service.engine()
    finally:
        await service.stop()


async def begun(path: str, body: dict[str, Any], **headers: str) -> Stream:
    """Return a stream of which the first words have arrived, and whose answer waits at the gate."""
    response = await AsyncClient().post(path, body, content_type="application/json", headers=headers)
    stream = Stream(path, response)
    await stream.read(WORD)
    return stream


async def finished(stream: Stream, gate: Gate) -> None:
    """Open the gate, and read the stream to its end, which is that of a complete answer."""
    gate.open()
    await stream.read()
    assert stream.ended, stream.text
    gate.close()


async def test_a_pause_lets_answers_finish_and_the_next_choice_wait(engine: Engine, gate: Gate) -> None:
    for path, body in STREAMED.items():
        stream = await begun(path, body)
        await engine.pause()
        await finished(stream, gate)
        await engine.resume()
    stream = await begun(path := "/v1/chat/completions", STREAMED[path] | {"n": 2})
    await engine.pause()
    gate.open()
    await stream.read()
    assert '"finish_reason": "stop"' in stream.text
    assert stream.error["code"] == "queue_timeout"


async def test_a_key_that_is_revoked_completes_the_requests_that_run(engine: Engine, gate: Gate) -> None:
    owner = await User.objects.acreate_user("ada")
    for path, body in [*STREAMED.items(), *SEVERAL]:
        row, key = await asyncio.to_thread(ApiKey.objects.issue, user=owner, name="for a test")
        stream = await begun(path, body, x_api_key=key)
        row.revoked_at = timezone.now()
        await row.asave()
        await finished(stream, gate)
        refused = await AsyncClient().post(path, body, content_type="application/json", headers={"x-api-key": key})
        assert refused.status_code == 401


async def test_a_model_that_is_withdrawn_completes_the_answers_that_run(
    engine: Engine, gate: Gate, tmp_path: Path
) -> None:
    file = tmp_path / "models" / f"{OTHER}.gguf"
    kept = file.readlink()

    async def served(expected: bool) -> None:
        service.reconfigure()
        await until(lambda: expected == (OTHER in [model.id for model in engine.models]))

    for path, body in STREAMED.items():
        stream = await begun(path, body)
        file.unlink()
        await served(False)
        await finished(stream, gate)
        file.symlink_to(kept)
        await served(True)
    for path, body in SEVERAL:
        stream = await begun(path, body)
        file.unlink()
        await served(False)
        gate.open()
        await stream.read()
        assert '"finish_reason": "stop"' in stream.text
        assert (stream.error["code"], stream.error["param"]) == ("model_not_found", "model")
        gate.close()
        file.symlink_to(kept)
        await served(True)


async def test_answers_name_the_model_that_became_the_default_while_they_waited(
    engine: Engine, gate: Gate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate.open()
    monkeypatch.setenv("QUEUE_TIMEOUT", str(PATIENCE))
    service.reconfigure()
    await until(lambda: engine.config.queue_timeout == PATIENCE)
    await engine.pause()
    asked = [
        (path, body | {"model": "default", "stream": streams})
        for path, body in STREAMED.items()
        for streams in (True, False)
        if path != "/generate"
    ]
    responses = [
        asyncio.create_task(AsyncClient().post(path, body, content_type="application/json")) for path, body in asked
    ]
    await until(lambda: len(engine.status().queue) == len(asked))
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "models" / f"{OTHER}.gguf"))
    service.reconfigure()
    await until(lambda: engine.models[0].id == OTHER)
    await engine.resume()
    async with asyncio.timeout(PATIENCE):
        for (path, body), response in zip(asked, await asyncio.gather(*responses), strict=True):
            if body["stream"]:
                stream = Stream(path, response)
                await stream.read()
                assert stream.ended
                shown = stream.text.split(WORD, 1)[1]  # the chunks after a few words, when the answer has begun
            else:
                shown = response.content.decode()
            assert "demo-bitnet" not in shown, path
            assert re.search(rf'"model": ?"{OTHER}(:latest)?"', shown), path
