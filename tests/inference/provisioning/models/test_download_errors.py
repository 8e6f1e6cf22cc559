"""Downloads that fail: each error says what to do."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from inference.provisioning.models.model_download import require_space
from inference.provisioning.models.model_source import ModelDownloadError
from tests.hub import FILE, REPO, Hub

from .downloads import files_in, refusal

pytestmark = pytest.mark.usefixtures("hub_settings")


@pytest.mark.promise(28)
def test_a_wrong_hash_is_refused_and_nothing_is_kept(hub: Hub, folder: Path) -> None:
    hub.announced_sha256 = "0" * 64
    output = refusal()
    assert "damaged, and was deleted" in output
    assert hub.sha256 in output
    assert files_in(folder) == []


@pytest.mark.parametrize("size", [100_000, 300_000])
def test_more_bytes_than_announced_are_refused(hub: Hub, folder: Path, size: int) -> None:
    hub.announced_size = size
    assert "damaged, and was deleted" in refusal()
    assert files_in(folder) == []


def test_a_file_that_is_not_a_model_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Hub(b"no model" * 10_000) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert "begins with b'no m' instead of b'GGUF'" in refusal()
    assert files_in(folder) == []


def test_insufficient_disk_space_is_reported_before_the_download(hub: Hub, folder: Path) -> None:
    hub.announced_size = 10**15
    output = refusal()
    assert "not enough disk space" in output
    assert "1,000,000,064 MB" in output
    assert hub.bytes_sent == 0
    assert files_in(folder) == []


def test_some_space_stays_free(tmp_path: Path) -> None:
    require_space(tmp_path, 0)
    statvfs = os.statvfs(tmp_path)
    with pytest.raises(ModelDownloadError, match="not enough disk space"):
        require_space(tmp_path, statvfs.f_bavail * statvfs.f_frsize - 1_000_000)


def test_an_unreachable_hub_is_reported_with_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", url)
        output = refusal()
    assert f"{url} cannot be reached" in output
    assert f"{url}/{REPO}/resolve/main/{FILE}" in output
    assert f"set MODEL_PATH to {folder / FILE}" in output


def test_offline_mode_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # read once, when it is imported
    assert "HF_HUB_OFFLINE forbids" in refusal()


def test_an_unavailable_hub_is_reported(hub: Hub, folder: Path) -> None:
    hub.failures = [503]
    assert f"{hub.url} answered 503" in refusal()
    assert files_in(folder) == []


def test_an_unknown_file_is_reported() -> None:
    assert f"{REPO} has no file other.gguf" in refusal("--file", "other.gguf")


@pytest.mark.parametrize("repo", ["tests/other", "../../etc", "a b"])
def test_an_unknown_repository_is_reported(repo: str) -> None:
    assert f"no repository {repo}" in refusal("--repo", repo)


def test_a_server_that_is_not_a_hub_is_reported(hub: Hub) -> None:
    hub.failures = [204]
    assert "does not respond like a hub" in refusal()


@pytest.mark.parametrize(
    "name", ["../x.gguf", "a/../../x.gguf", "/x.gguf", "..\\x.gguf", ".x.gguf", "x\n.gguf", "x.py"]
)
def test_an_unsafe_name_is_refused(hub: Hub, folder: Path, name: str) -> None:
    assert "check MODEL_FILE" in refusal("--file", name)
    assert not folder.exists()


def test_a_missing_llama_quantize_is_reported_before_the_download(hub: Hub, tmp_path: Path) -> None:
    assert "build_engine --tools" in refusal("--quantize-embeddings", "--llama-quantize", str(tmp_path / "none"))
    assert hub.bytes_sent == 0
