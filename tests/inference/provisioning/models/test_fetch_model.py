"""`manage.py fetch_model` with a stand-in hub."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from gguf import GGUFReader

from inference.provisioning.models.model_download import fetch_model
from inference.provisioning.models.model_source import DownloadProgress, ModelSource
from tests.hub import COMMIT, FILE, REPO, Hub
from tests.server import PATIENCE, ROOT

from .downloads import FIRST_PART, fetch, files_in, refusal, wait_for

pytestmark = pytest.mark.usefixtures("hub_settings")


@pytest.mark.promise(28)
def test_a_model_is_downloaded_verified_and_renamed(hub: Hub, folder: Path) -> None:
    output = fetch()
    assert (folder / FILE).read_bytes() == hub.content
    assert files_in(folder) == [FILE]
    assert hub.ranges == [(0, len(hub.content))]
    assert f"SHA-256 verified ({hub.sha256})" in output
    assert f"MODEL_PATH={folder / FILE} make run" in output


def test_an_existing_model_is_not_downloaded_again(hub: Hub, folder: Path) -> None:
    fetch()
    assert "Already exists" in fetch()
    assert hub.bytes_sent == len(hub.content)


def test_an_existing_model_needs_no_hub(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be reached to verify it" in fetch()


def test_another_file_of_that_name_is_kept(hub: Hub, folder: Path) -> None:
    folder.mkdir()
    (folder / FILE).write_bytes(b"precious")
    assert "Move it away or rename it" in refusal()
    assert (folder / FILE).read_bytes() == b"precious"
    assert hub.bytes_sent == 0


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_cut_connection_is_resumed_where_it_ended(hub: Hub, folder: Path, reset: bool) -> None:
    hub.cut_at, hub.reset = FIRST_PART, reset
    fetch()
    assert (folder / FILE).read_bytes() == hub.content
    assert hub.versions == [COMMIT, COMMIT]  # both parts are of one version, even if the hub has a newer one
    (_, end), (start, total) = hub.ranges
    assert end == FIRST_PART
    assert total == len(hub.content)
    # A reset may take the bytes with it that were still in the socket.
    assert start == FIRST_PART or (reset and 0 <= start < FIRST_PART)


def test_a_hub_without_ranges_sends_all_again(hub: Hub, folder: Path) -> None:
    hub.cut_at, hub.ignores_ranges = FIRST_PART, True
    fetch()
    assert (folder / FILE).read_bytes() == hub.content
    assert hub.ranges == [(0, FIRST_PART), (0, len(hub.content))]


def test_a_killed_download_is_resumed_by_the_next(hub: Hub, folder: Path) -> None:
    hub.pause_at = FIRST_PART
    command = subprocess.Popen(
        [sys.executable, "manage.py", "fetch_model"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: [path.stat().st_size for path in folder.glob(".*.partial")] == [FIRST_PART], "no first part")
    finally:
        command.send_signal(signal.SIGKILL)
        command.wait()
    assert not (folder / FILE).exists()
    hub.pause_at = None
    hub.go_on.set()
    fetch()
    assert (folder / FILE).read_bytes() == hub.content
    assert files_in(folder) == [FILE]
    assert (FIRST_PART, len(hub.content)) in hub.ranges


def test_a_partial_download_of_an_older_version_is_deleted(hub: Hub, folder: Path) -> None:
    folder.mkdir()
    (folder / f".{FILE}.{'0' * 16}.partial").write_bytes(b"older")
    fetch()
    assert files_in(folder) == [FILE]


def test_a_busy_hub_is_retried(hub: Hub, folder: Path) -> None:
    hub.cut_at = FIRST_PART
    fetched = []

    def report(progress: DownloadProgress) -> None:
        if progress.bytes == FIRST_PART:
            hub.failures = [503]  # to the request that resumes
        fetched.append(progress)

    fetch_model(ModelSource(REPO, FILE, hub.url), folder, report)
    assert (folder / FILE).read_bytes() == hub.content
    assert not hub.failures
    total = len(hub.content)
    assert [each.bytes for each in fetched] == sorted(each.bytes for each in fetched)
    assert (fetched[0], fetched[-1]) == (DownloadProgress(FILE, 0, total), DownloadProgress(FILE, total, total))


def test_a_token_is_sent_only_to_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch()
    assert hub.tokens == [None]


def test_a_second_download_into_one_folder_is_refused(hub: Hub, folder: Path) -> None:
    source = ModelSource(REPO, FILE, hub.url)
    output: list[str] = []

    def fetch_again(progress: DownloadProgress) -> None:
        if not output:
            output.append(refusal())

    fetch_model(source, folder, fetch_again)
    assert "Another process is downloading" in output[0]
    assert (folder / FILE).read_bytes() == hub.content


def test_only_the_embeddings_are_quantized(hub: Hub, folder: Path, engine_binary: Callable[[str], Path]) -> None:
    output = fetch("--quantize-embeddings", "--llama-quantize", str(engine_binary("llama-quantize")))
    result = folder / "small-model-embed-q6_k.gguf"
    assert f"MODEL_PATH={result} make run" in output
    assert files_in(folder) == sorted([FILE, result.name])

    def tensors(path: Path) -> dict[str, tuple[str, bytes]]:
        return {each.name: (each.tensor_type.name, each.data.tobytes()) for each in GGUFReader(path).tensors}

    before, after = tensors(folder / FILE), tensors(result)
    assert before.pop("token_embd.weight")[0] == "F16"
    assert after.pop("token_embd.weight")[0] == "Q6_K"
    assert after == before
    answer = subprocess.run(
        [engine_binary("llama-cli"), "-m", result, "-p", "the", "-n", "4", "-t", "1", "--no-warmup"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert f"Already exists: {result}" in fetch(
        "--quantize-embeddings", "--llama-quantize", str(engine_binary("llama-quantize"))
    )
