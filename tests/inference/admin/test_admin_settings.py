"""The settings page: defaults, validation, changes in force, and the log of changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.contrib.admin.models import LogEntry

from inference.api.native.serializers import GenerateSerializer
from inference.models import InferenceSettings
from inference.serving import configuration
from inference.serving.configuration import VARIABLES
from inference.serving.service import Limits
from tests.commands import user
from tests.inference.administration import SETTINGS, administrator, forbidden, seen, sign_in, superuser, text, token
from tests.server import PATIENCE, Server

EMPTY = dict.fromkeys(VARIABLES, "")


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_model: Callable[..., Path]) -> Path:
    """A models folder with a valid model with a context size of 256 tokens, which is served, and a damaged one."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "small.gguf").symlink_to(small_model())
    (folder / "damaged.gguf").write_bytes(b"GGUF but no more")
    monkeypatch.setenv("MODELS_DIR", str(folder))
    monkeypatch.setenv("MODEL_PATH", str(folder / "small.gguf"))
    return folder


def temperature_of_a_request() -> float:
    serializer = GenerateSerializer(
        data={"prompt": "a"},
        context={
            "limits": Limits(model="", trained_context=4096, context_size=2048, max_threads=4, vocabulary_size=512)
        },
    )
    assert serializer.is_valid(), serializer.errors
    return serializer.generation_request(caller="me").sampling.temperature


@pytest.mark.django_db
def test_each_field_shows_its_server_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_TOP_P", "0.8")
    response = superuser().get(SETTINGS)
    page, source = seen(response), response.content.decode()
    assert "Empty: 0.7, the default of DEFAULT_TEMPERATURE" in page
    assert "Empty: 0.8, from DEFAULT_TOP_P" in page
    assert "Empty: no, the default of KEEP_API_TEXTS" in page
    for variable in VARIABLES.values():
        assert variable in page
    assert source.count('<span class="tag">default</span>') > 10
    assert '<a href="#chat-page">Chat page</a>' in source
    assert 'id="chat-page"' in source


@pytest.mark.django_db(transaction=True)
def test_a_change_is_in_force_for_the_next_request_and_logged_with_its_author() -> None:
    client = superuser()
    assert temperature_of_a_request() == 0.7
    page = client.post(SETTINGS, EMPTY | {"temperature": "0.2", "system_prompt": "Be brief. " * 40}, follow=True)
    assert temperature_of_a_request() == 0.2
    assert "Saved and in force." in seen(page)
    entry = LogEntry.objects.get()
    assert entry.user.username == "ada"
    prompt, temperature = entry.get_change_message().splitlines()
    assert temperature == "Temperature: empty (0.7) → 0.2"
    assert prompt.startswith("System prompt: empty (“You are a helpful")
    assert len(prompt) < 230
    client.post(SETTINGS, EMPTY)
    assert temperature_of_a_request() == 0.7
    log = seen(client.get(f"{SETTINGS}history/"))
    assert "Temperature: 0.2 → empty (0.7)" in log
    assert log.index("Temperature: 0.2 → empty") < log.index("Temperature: empty (0.7) → 0.2")  # the newest first
    assert " UTC ada" in " ".join(log.split())
    assert "Temperature" in seen(client.get("/admin/"))


@pytest.mark.django_db(transaction=True)
def test_saving_without_a_change_is_reported_and_not_logged() -> None:
    client = superuser()
    assert "Nothing was changed" in seen(client.post(SETTINGS, EMPTY, follow=True))
    assert not LogEntry.objects.exists()
    assert InferenceSettings.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_switch_has_three_choices() -> None:
    client = superuser()
    for sent, kept in (("true", True), ("false", False), ("", None)):
        client.post(SETTINGS, EMPTY | {"sign_up": sent})
        assert InferenceSettings.objects.get().sign_up is kept
        choices = text(client.get(SETTINGS)).partition('name="sign_up"')[2].partition("</select>")[0]
        assert f'<option value="{sent}" selected>' in choices


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"temperature": "3"}, "Enter a number from 0 to 2."),
        ({"temperature": "warm"}, "Enter a number"),
        ({"temperature": "nan"}, "Enter a number"),
        ({"top_p": "0"}, "Enter a number above 0 and up to 1."),
        ({"max_tokens": "0"}, "Enter a number from 1 to 10000000."),
        ({"history_days": "3000000"}, "Enter a number from 1 to 36500."),
        ({"queue_timeout": "1e300"}, "Enter a number from 1 to 2592000."),
        ({"context_size": "64"}, "Enter a number from 128 to 10000000."),
        ({"context_size": "9000"}, "The model was trained with a context size of"),
        ({"max_answer_tokens": "3000"}, "exceed the context size of 2"),
        ({"max_tokens": "100", "max_answer_tokens": "50"}, "exceeds the maximum of 50"),
        ({"max_tokens": "200", "context_size": "128"}, "exceed the context size of 128"),
        ({"example_questions": "a\nb\nc\nd\ne"}, "Enter at most 4 questions"),
        ({"model": "none.gguf"}, "no valid model"),
        ({"model": "../../etc/passwd"}, "no valid model"),
        ({"sign_up": "perhaps"}, "valid choice"),
        ({"page_name": "x" * 41}, "Enter at most 40 characters."),
    ],
)
def test_an_invalid_value_is_reported_at_its_field_and_nothing_is_saved(fields: dict[str, str], error: str) -> None:
    client = superuser()
    page = seen(client.post(SETTINGS, EMPTY | {"page_note": "A note"} | fields))
    assert error in page
    assert "Nothing was saved" in page
    assert InferenceSettings.objects.get().page_note is None
    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_only_valid_models_of_the_folder_can_be_chosen(models: Path) -> None:
    client = superuser()
    page = text(client.get(SETTINGS))
    assert '<option value="small.gguf"' in page
    assert '<option value="damaged.gguf"' not in page
    assert "This model cannot be used: damaged.gguf" in seen(client.get(SETTINGS))
    small = {"model": "small.gguf", "context_size": "128", "max_tokens": "64"}
    page = seen(client.post(SETTINGS, EMPTY | small, follow=True))
    assert "The processes are being replaced" in page
    assert "Default model: empty (small.gguf) → small.gguf" in page
    assert configuration.current().model == models / "small.gguf"
    assert "no valid model" in seen(client.post(SETTINGS, EMPTY | {"model": "damaged.gguf"}))


@pytest.mark.django_db(transaction=True)
def test_models_are_offered_by_name_and_kept_by_id(models: Path, small_model: Callable[..., Path]) -> None:
    (models / "family").mkdir()
    (models / "family" / "other.gguf").symlink_to(small_model())
    client = superuser()
    page = text(client.get(SETTINGS))
    assert 'value="family/other"' in page
    assert 'value="damaged"' not in page
    chosen = {"offered_models": ["family/other", "small"], "max_models": "2", "context_size": "128", "max_tokens": "64"}
    assert "Offered models: empty (all) → " in seen(client.post(SETTINGS, EMPTY | chosen, follow=True))
    assert configuration.current().offered_models == ("family/other", "small")
    assert configuration.current().max_models == 2
    (models / "family" / "other.gguf").unlink()
    page = seen(client.get(SETTINGS))
    assert "family/other (not there)" in page
    assert "These offered models are not in the models folder: family/other." in page
    assert "Nothing was changed" in seen(client.post(SETTINGS, EMPTY | chosen, follow=True))


@pytest.mark.django_db
def test_permission_to_view_the_settings_does_not_allow_changes() -> None:
    client = administrator("inference.view_inferencesettings")
    page = text(client.get(SETTINGS))
    assert 'name="_save"' not in page
    assert "Temperature" in page
    assert forbidden(client.post(SETTINGS, EMPTY | {"temperature": "0.2"}))
    assert InferenceSettings.objects.get().temperature is None


def test_a_change_applies_to_the_next_answer_of_a_running_server(tmp_path: Path, fake_cli: Path) -> None:
    name = user(tmp_path)
    with Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS="--fake tokens=500") as server, server.client() as client:
        server.wait_for_health()
        sign_in(client, name)
        assert client.post("/generate", json={"prompt": "Hi"}).json()["tokens_generated"] > 5
        form = EMPTY | {"max_tokens": "5", "csrfmiddlewaretoken": token(client.get(SETTINGS).text)}
        saved = client.post(SETTINGS, data=form)
        assert saved.status_code == 302
        assert (
            "Saved and in force. Default tokens per answer: empty (256) → 5."
            in client.get(saved.headers["location"]).text
        )
        assert client.post("/generate", json={"prompt": "Hi"}).json()["tokens_generated"] == 5


def test_a_failed_reconfiguration_is_shown_until_it_succeeds(
    tmp_path: Path, fake_cli: Path, small_model: Callable[..., Path]
) -> None:
    name, broken = user(tmp_path), tmp_path / "broken"
    (tmp_path / "other.gguf").symlink_to(small_model())
    engine = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": f"--fake exit-at-launch=out-of-memory --fake while={broken}"}
    with Server(tmp_path, MODELS_DIR=str(tmp_path), **engine) as server, server.client() as client:
        server.wait_for_health()
        sign_in(client, name)
        broken.touch()
        form = EMPTY | {"model": "other.gguf", "context_size": "128", "max_tokens": "16"}
        client.post(SETTINGS, data=form | {"csrfmiddlewaretoken": token(client.get(SETTINGS).text)})
        page = page_with(client, "The engine does not follow the settings")
        assert "out-of-memory" in page
        assert "Choose other values under Engine and save" in page
        assert "does not follow the settings" in client.get("/admin/").text
        broken.unlink()
        client.post(SETTINGS, data=EMPTY | {"csrfmiddlewaretoken": token(page)})
        page_with(client, "Changes apply to the next request")


def page_with(client: httpx.Client, words: str) -> str:
    """Return the settings page once it contains these words."""
    deadline = time.monotonic() + PATIENCE
    while words not in (page := client.get(SETTINGS).text):
        assert time.monotonic() < deadline, page
        time.sleep(0.05)  # between two polls
    return page
