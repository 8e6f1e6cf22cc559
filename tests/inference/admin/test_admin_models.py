"""The section of the models: what it lists, downloads, and deleting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from inference.models import InferenceSettings
from inference.provisioning.models.catalogue import catalogue
from inference.provisioning.models.current_download import downloads
from inference.provisioning.models.model_download import partial_size
from inference.serving import configuration
from inference.serving.engine_settings import offered_models
from tests.gguf_files import shards_of, write_model
from tests.hub import FILE, REPO, Hub
from tests.inference.administration import administrator, forbidden, seen, superuser, text
from tests.inference.provisioning.models.downloads import FIRST_PART, files_in, wait_for
from tests.server import PATIENCE

pytestmark = pytest.mark.django_db

MODELS = "/admin/models/"
PLACE = f"hf:{REPO}/{FILE}"
VIEW, CHANGE = "inference.view_inferencesettings", "inference.change_inferencesettings"


@pytest.fixture
def quantizer(engine_binary: Callable[[str], Path]) -> Path:
    """The real llama-quantize. Comes before `folder`, which sets LLAMA_CLI to a program that is none."""
    return engine_binary("llama-quantize")


@pytest.fixture
def folder(tmp_path: Path, small_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with a default model, another one, and a damaged one."""
    folder = tmp_path / "models"
    folder.mkdir()
    content = small_model().read_bytes()
    (folder / "mine.gguf").write_bytes(content)
    (folder / "other.gguf").write_bytes(content)
    (folder / "cut.gguf").write_bytes(content[:-1])
    program = tmp_path / "llama-cli"
    program.touch(mode=0o755)
    for name, value in {"MODELS_DIR": folder, "MODEL_PATH": folder / "mine.gguf", "LLAMA_CLI": program}.items():
        monkeypatch.setenv(name, str(value))
    return folder


@pytest.fixture
def hub(small_model: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub(small_model().read_bytes()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub
        hub.go_on.set()
        if downloads.current:
            downloads.current.cancel()
            downloads.current.wait(PATIENCE)
            downloads.forget()


def test_the_page_lists_models_and_catalogue(folder: Path) -> None:
    page = seen(superuser().get(MODELS))
    assert "mine · TQ2_0 Default mine" in page
    assert "other · TQ2_0 other Not served" in page
    assert "cut cut cut.gguf is not a usable GGUF file" in page
    assert "Falcon-E 1B Instruct falcon-e-1b-instruct" in page
    assert "Must be converted" in page


def test_only_administrators_with_permission_use_it(folder: Path) -> None:
    assert forbidden(administrator("inference.view_generationrecord").get(MODELS))
    viewer = administrator(VIEW, name="vera")
    page = text(viewer.get(MODELS))
    assert "Fetch" not in page
    assert "Delete" not in page
    assert '<a href="/admin/models/" aria-current="page">Models</a>' in page
    for action in ("fetch", "cancel", "discard", "dismiss", "offer", "withdraw", "delete"):
        assert forbidden(viewer.post(f"{MODELS}{action}/", {"model": "other"}))
    assert "Delete" in text(administrator(VIEW, CHANGE, name="mia").get(MODELS))


def test_models_are_offered_and_withdrawn(folder: Path, django_capture_on_commit_callbacks: Any) -> None:
    client = superuser()

    def post(action: str, model: str) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"{MODELS}{action}/", {"model": model})
        return seen(client.get(MODELS))

    assert "other · TQ2_0 other Withdrawn" in post("withdraw", "other")
    assert configuration.current().offered_models == ("mine",)
    assert [model.id for model in offered_models(configuration.current())] == ["mine"]
    assert "other · TQ2_0 other Not served" in post("offer", "other")
    assert configuration.current().offered_models == ()  # all, those that are added later too
    for model in ("mine", "cut", "gone"):  # the default one, a damaged one, and none
        assert f"There is no model {model} that can be offered or withdrawn." in post("withdraw", model)
    latest = [entry.change_message for entry in LogEntry.objects.order_by("pk")]
    assert latest == ["Withdrew other · TQ2_0", "Offered other · TQ2_0"]


def test_a_model_is_downloaded_in_the_background(folder: Path, hub: Hub) -> None:
    hub.pause_at = FIRST_PART
    client = superuser()
    page = seen(client.post(f"{MODELS}fetch/", {"model": PLACE}, follow=True))
    assert f"Downloading {FILE}" in page
    wait_for(lambda: "%" in seen(client.get(f"{MODELS}")), "the page shows no progress")
    assert "Cancel" in text(client.get(f"{MODELS}part/"))
    hub.go_on.set()
    assert downloads.current
    downloads.current.wait(PATIENCE)
    page = seen(client.get(MODELS))
    assert f"{FILE} has been downloaded" in page
    assert "small-model · TQ2_0" in page
    assert f"{FILE} has been downloaded" not in seen(client.post(f"{MODELS}dismiss/", follow=True))
    assert LogEntry.objects.get().change_message == f"Downloads {FILE} of {REPO} as {FILE}"


def test_a_download_is_cancelled_resumed_and_discarded(folder: Path, hub: Hub) -> None:
    hub.pause_at = FIRST_PART
    client = superuser()
    client.post(f"{MODELS}fetch/", {"model": PLACE})
    assert downloads.current
    wait_for(lambda: downloads.current and downloads.current.progress.bytes == FIRST_PART, "no first part")
    assert "Cancelling" in seen(client.post(f"{MODELS}cancel/", follow=True))
    hub.go_on.set()
    downloads.current.wait(PATIENCE)
    assert "was cancelled" in (page := seen(client.get(MODELS)))
    assert "Resume Discard what was received" in page
    page = seen(client.post(f"{MODELS}discard/", {"model": PLACE}, follow=True))
    assert f"The received part of {FILE} has been deleted." in page
    assert "was cancelled" not in page
    assert partial_size(folder / FILE) == 0


@pytest.mark.parametrize(
    ("entered", "problem"),
    [
        ("", "Enter a model"),
        ("falcon-e-1b", "Did you mean falcon-e-1b-instruct?"),
        ("falcon-e-1b-base", "published only in the format safetensors"),
        ("tests/other", "has no repository tests/other"),
        (f"hf:{REPO}/../x.gguf", "cannot be downloaded"),
    ],
)
def test_what_cannot_be_fetched_is_refused_in_words(hub: Hub, entered: str, problem: str) -> None:
    assert problem in seen(superuser().post(f"{MODELS}fetch/", {"model": entered}, follow=True))
    assert downloads.current is None


def test_a_failed_download_says_why(hub: Hub, folder: Path) -> None:
    hub.announced_size = 10**15
    client = superuser()
    client.post(f"{MODELS}fetch/", {"model": PLACE})
    assert downloads.current
    downloads.current.wait(PATIENCE)
    page = seen(client.get(MODELS))
    assert f"{FILE} could not be downloaded There is not enough disk space" in page
    assert "Try again" in page


def test_a_model_that_is_there_is_not_fetched_again(hub: Hub, folder: Path) -> None:
    (folder / FILE).write_bytes(hub.content)
    page = seen(superuser().post(f"{MODELS}fetch/", {"model": PLACE}, follow=True))
    assert f"{FILE} is already there." in page
    assert hub.bytes_sent == 0


def test_a_model_is_deleted_after_confirmation(folder: Path) -> None:
    client = superuser()
    page = seen(client.post(f"{MODELS}delete/", {"model": "other"}))
    assert "Delete other · TQ2_0?" in page
    assert (folder / "other.gguf").exists()
    page = seen(client.post(f"{MODELS}delete/", {"model": "other", "confirmed": "yes"}, follow=True))
    assert "other · TQ2_0 has been deleted." in page
    assert files_in(folder) == ["cut.gguf", "mine.gguf"]
    page = seen(client.post(f"{MODELS}delete/", {"model": "other"}, follow=True))
    assert "There is no model other any more." in page


def test_all_files_of_a_model_are_deleted(folder: Path) -> None:
    shards = shards_of(write_model(folder / "big.gguf", shard_tensors=12))
    assert len(shards) > 1
    superuser().post(f"{MODELS}delete/", {"model": "big", "confirmed": "yes"})
    assert files_in(folder) == ["cut.gguf", "mine.gguf", "other.gguf"]


def test_the_default_model_is_kept(folder: Path) -> None:
    client = superuser()
    InferenceSettings(model="other.gguf").save()
    configuration.refresh()
    for model in ("mine", "other"):
        page = seen(client.post(f"{MODELS}delete/", {"model": model, "confirmed": "yes"}, follow=True))
        assert f"{model} · TQ2_0 is the default model." in page
    assert files_in(folder) == ["cut.gguf", "mine.gguf", "other.gguf"]


@pytest.mark.parametrize("model", ["../mine", "/etc/passwd", "none", ".hidden"])
def test_only_listed_models_are_deleted(folder: Path, model: str) -> None:
    page = seen(superuser().post(f"{MODELS}delete/", {"model": model, "confirmed": "yes"}, follow=True))
    assert f"There is no model {model} any more." in page.replace("  ", " ")


def test_a_copy_with_smaller_embeddings_is_made_after_the_download(
    quantizer: Path, folder: Path, hub: Hub, tmp_path: Path
) -> None:
    (tmp_path / "llama-quantize").symlink_to(quantizer)  # beside LLAMA_CLI
    entry = catalogue()["bitnet-b1.58-2b-4t"]
    hub.repo, hub.file = entry.repository, entry.file
    client = superuser()
    page = seen(client.get(MODELS))
    assert "Fetch with Q6_K copy" in page
    assert f"A copy with embeddings in Q6_K is {entry.embeddings}." in page
    client.post(f"{MODELS}fetch/?quantize=yes", {"model": entry.name})
    assert downloads.current
    downloads.current.wait(PATIENCE)
    page = seen(client.get(MODELS))
    copy = f"{entry.name}-embed-q6_k"
    assert f"{entry.title} has been downloaded" in page
    assert f"{copy}.gguf is its copy with embeddings in Q6_K; you may delete the larger file." in page
    assert files_in(folder) == [f"{copy}.gguf", f"{entry.name}.gguf", "cut.gguf", "mine.gguf", "other.gguf"]
    assert "Q6_K copy" not in page  # nothing more to make
    assert LogEntry.objects.get().change_message.endswith(f"as {entry.name}.gguf, and makes {copy}.gguf")

    (folder / f"{copy}.gguf").unlink()
    assert "Make Q6_K copy" in seen(client.get(MODELS))
    page = seen(client.post(f"{MODELS}fetch/?quantize=yes", {"model": entry.name}, follow=True))
    downloads.current.wait(PATIENCE)
    assert (folder / f"{copy}.gguf").exists()


def test_a_copy_that_cannot_be_made_says_why(folder: Path, hub: Hub, tmp_path: Path) -> None:
    entry = catalogue()["bitnet-b1.58-2b-4t"]
    hub.repo, hub.file = entry.repository, entry.file
    client = superuser()
    page = seen(client.get(MODELS))
    assert "Q6_K copy" not in page
    assert "It cannot be made here: There is no program" in page
    page = seen(client.post(f"{MODELS}fetch/?quantize=yes", {"model": entry.name}, follow=True))
    assert "Build it with manage.py build_engine --tools" in page
    assert downloads.current is None

    quantize = tmp_path / "llama-quantize"  # beside LLAMA_CLI
    quantize.write_text("#!/bin/sh\necho '[   3/   4]  token_embd.weight - no such type'\nexit 1\n")
    quantize.chmod(0o755)
    client.post(f"{MODELS}fetch/?quantize=yes", {"model": entry.name})
    assert downloads.current
    downloads.current.wait(PATIENCE)
    page = seen(client.get(MODELS))
    assert f"The smaller copy of {entry.title} could not be made llama-quantize failed." in page
    assert "no such type" in page
    assert "The downloaded file is there, and can be used without the copy. Try again Dismiss" in page
    assert files_in(folder) == [f"{entry.name}.gguf", "cut.gguf", "mine.gguf", "other.gguf"]


def test_a_copy_shows_its_progress_and_is_cancelled(folder: Path, hub: Hub, tmp_path: Path) -> None:
    quantize = tmp_path / "llama-quantize"
    quantize.write_text("#!/bin/sh\necho '[   3/   4]  token_embd.weight - [ 64, 64], type = f16'\nexec sleep 600\n")
    quantize.chmod(0o755)
    client = superuser()
    client.post(f"{MODELS}fetch/", {"model": PLACE, "quantize": "yes"})
    assert downloads.current
    wait_for(lambda: "75% · llama-quantize" in text(client.get(f"{MODELS}part/")), "the page shows no progress")
    assert f"Making a smaller copy of {FILE}" in seen(client.get(MODELS))
    client.post(f"{MODELS}cancel/")
    downloads.current.wait(PATIENCE)
    assert f"The smaller copy of {FILE} was cancelled" in seen(client.get(MODELS))
    assert files_in(folder) == ["cut.gguf", "mine.gguf", "other.gguf", FILE]
