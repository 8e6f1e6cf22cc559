"""The settings in force: the stored row over the environment, immediately and without a query."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from inference.api.native.serializers import GenerateSerializer
from inference.engine import GenerationRequest
from inference.models import InferenceSettings
from inference.serving import configuration, service
from inference.serving.configuration import VARIABLES, Origin
from inference.serving.engine_settings import engine_config
from inference.serving.service import Limits
from tests.commands import manage
from tests.server import PATIENCE, Server

LIMITS = Limits(model="", trained_context=4096, context_size=2048, max_threads=4, vocabulary_size=512)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_model: Callable[..., Path]) -> Path:
    """A models folder with `small.gguf` and `other/second.gguf` in it."""
    folder = tmp_path / "models"
    (folder / "other").mkdir(parents=True)
    (folder / "small.gguf").symlink_to(small_model())
    (folder / "other" / "second.gguf").symlink_to(small_model())
    monkeypatch.setenv("MODELS_DIR", str(folder))
    return folder


def save(**fields: Any) -> InferenceSettings:
    row = InferenceSettings(**fields)
    row.save()
    return row


def errors(**body: Any) -> dict[str, Any]:
    serializer = GenerateSerializer(data=body, context={"limits": LIMITS})
    serializer.is_valid()
    return dict(serializer.errors)


def generation(**body: Any) -> GenerationRequest:
    serializer = GenerateSerializer(data=body, context={"limits": LIMITS})
    assert serializer.is_valid(), serializer.errors
    return serializer.generation_request(caller="me")


def test_every_setting_has_an_environment_variable() -> None:
    fields = {field.name for field in InferenceSettings._meta.get_fields()} - {"id"}
    assert fields == set(VARIABLES)


@pytest.mark.django_db(transaction=True)
def test_an_empty_field_uses_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_TEMPERATURE", "0.3")
    save(top_p=0.5, system_prompt="", page_name="Lab")
    in_force, origins = configuration.current(), configuration.origins()
    assert (in_force.temperature, in_force.top_p, in_force.page_name) == (0.3, 0.5, "Lab")
    assert in_force.system_prompt == configuration.environment_defaults().system_prompt
    found = [origins[name] for name in ("temperature", "top_p", "system_prompt")]
    assert found == [Origin.ENVIRONMENT, Origin.SETTINGS, Origin.DEFAULT]


@pytest.mark.django_db(transaction=True)
def test_a_saved_setting_is_in_force_at_once_and_reading_it_costs_no_query(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    save(temperature=0.1)
    with django_assert_num_queries(0):
        assert configuration.current().temperature == 0.1
        assert generation(prompt="Hello").sampling.temperature == 0.1
        assert service.defaults().temperature == 0.1
    save(temperature=None)
    assert configuration.current().temperature == 0.7


@pytest.mark.django_db(transaction=True)
def test_there_is_one_row() -> None:
    save(temperature=0.1)
    save(top_p=0.2)
    assert InferenceSettings.objects.count() == 1
    InferenceSettings.objects.get().delete()
    assert configuration.current() == configuration.environment_defaults()


@pytest.mark.django_db(transaction=True)
def test_limits_in_the_settings_apply_to_the_api() -> None:
    save(max_answer_tokens=100, max_prompt_chars=10, max_tokens=200)
    assert generation(prompt="Hello").max_tokens == 100
    assert "at most 100" in errors(prompt="Hello", max_tokens=101)["max_tokens"][0]
    assert "at most 10 characters" in errors(prompt="a" * 11)["prompt"][0]
    turns = [{"role": "user", "content": "a" * 11}]
    assert "at most 10 characters" in errors(messages=turns)["messages.0.content"][0]


@pytest.mark.django_db(transaction=True)
def test_an_engine_is_configured_by_the_settings(models: Path) -> None:
    save(
        model="other/second.gguf",
        max_threads=1,
        max_queue=3,
        max_requests_per_caller=2,
        queue_timeout=9,
        context_size=256,
    )
    config = engine_config()
    assert config.model == str(models / "other" / "second.gguf")
    assert (config.max_threads, config.max_queue, config.max_requests_per_caller) == (1, 3, 2)
    assert (config.queue_timeout, config.context_size) == (9, 256)


@pytest.mark.parametrize(
    "name", ["../secret.gguf", "/etc/passwd", "missing.gguf", "small.txt", "other", ".hidden.gguf", "a\0.gguf"]
)
@pytest.mark.promise(28)
def test_a_model_must_be_a_file_in_the_models_folder(models: Path, name: str) -> None:
    (models.parent / "secret.gguf").touch()
    (models / ".hidden.gguf").touch()
    (models / "small.txt").touch()
    with pytest.raises(ValidationError):
        InferenceSettings(model=name).clean_fields()
    InferenceSettings(model="small.gguf").clean_fields()


@pytest.mark.django_db(transaction=True)
def test_an_invalid_value_is_not_in_force_and_reported(models: Path) -> None:
    save(temperature=50, top_p=float("inf"), model="../x.gguf", max_tokens=12)
    in_force = configuration.current()
    assert (in_force.temperature, in_force.top_p, in_force.max_tokens) == (0.7, 0.9, 12)
    assert in_force.model == configuration.environment_defaults().model
    assert set(configuration.problems()) == {"temperature", "top_p", "model"}


@pytest.mark.django_db(transaction=True)
async def test_changes_by_another_process_are_noticed() -> None:
    def elsewhere() -> None:
        InferenceSettings.objects.bulk_create([InferenceSettings(pk=1, temperature=0.25)])  # sends no signal here
        connection.close()

    watching = asyncio.create_task(configuration.watch(interval=0.05))
    await asyncio.to_thread(elsewhere)
    async with asyncio.timeout(PATIENCE):
        while configuration.current().temperature != 0.25:  # noqa: ASYNC110 – that is what is tested
            await asyncio.sleep(0.02)
    watching.cancel()
    await asyncio.wait([watching])


@pytest.mark.django_db(transaction=True)
def test_without_its_table_the_environment_is_in_force() -> None:
    table = InferenceSettings._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
    try:
        assert not configuration.try_refresh()
        assert configuration.current() == configuration.environment_defaults()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")


def test_a_server_follows_the_settings_without_a_restart(tmp_path: Path, fake_cli: Path) -> None:
    """Settings saved by another process apply, to the engine too."""
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake echo") as server, server.client() as client:
        server.wait_for_health()
        change = (
            "from inference.models import InferenceSettings as S; "
            "S(system_prompt='Answer in rhyme.', max_tokens=3, context_size=512).save()"
        )
        manage(tmp_path, "shell", "-c", change)
        wait_for(client, lambda found: found["settings"]["system_prompt"] == "Answer in rhyme.")
        wait_for(client, lambda found: found["settings"]["context_size"] == 512)
        assert client.post("/generate", json={"prompt": "one two three four five"}).json()["tokens_generated"] == 3
        manage(tmp_path, "shell", "-c", "from inference.models import InferenceSettings as S; S().save()")
        wait_for(client, lambda found: found["settings"]["context_size"] == 2048)


def test_a_failed_reconfiguration_leaves_the_engine_unchanged(tmp_path: Path, fake_cli: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "broken.gguf").write_bytes(b"GGUF but no more")
    environment = {"MODELS_DIR": str(models), "LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake echo"}
    with Server(tmp_path, **environment) as server, server.client() as client:
        server.wait_for_health()
        change = "from inference.models import InferenceSettings as S; S(model='broken.gguf').save()"
        manage(tmp_path, "shell", "-c", change, MODELS_DIR=str(models))
        wait_until(lambda: "The engine keeps its configuration" in server.log, server)
        assert client.post("/generate", json={"prompt": "Hello"}).status_code == 200


def wait_for(client: httpx.Client, condition: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until `/model_info` fulfils the condition."""
    wait_until(lambda: condition(client.get("/model_info").json()))


def wait_until(condition: Callable[[], bool], server: Server | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, server.log if server else "the condition did not come true"
        time.sleep(0.05)  # between two polls
