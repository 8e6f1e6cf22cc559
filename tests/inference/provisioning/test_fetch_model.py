"""`manage.py fetch_model`, and the server that fetches its model itself, on a stand-in hub."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from gguf import GGUFReader

from inference.provisioning.model_download import (
    DownloadProgress,
    ModelDownloadError,
    ModelSource,
    fetch_model,
    require_space,
)
from inference.provisioning.model_files import ModelFolder
from tests.hub import COMMIT, FILE, REPO, Hub
from tests.server import PATIENCE, ROOT, Server

FIRST_PART = 200_000  # bytes, of some 389,000


@pytest.fixture
def hub(small_model: Callable[..., Path]) -> Iterator[Hub]:
    with Hub(small_model().read_bytes()) as hub:
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, hub: Hub, folder: Path) -> None:
    settings = {"HF_ENDPOINT": hub.url, "MODELS_DIR": str(folder), "MODEL_REPO": REPO, "MODEL_FILE": FILE}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def fetch(*arguments: str) -> str:
    out = io.StringIO()
    call_command("fetch_model", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        fetch(*arguments)
    return str(error.value)


def left(folder: Path) -> list[str]:
    """The names of what lies in the models folder."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".fetch.lock") if folder.exists() else []


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)  # between two looks at the condition


def test_a_model_is_fetched_checked_and_named(hub: Hub, folder: Path) -> None:
    told = fetch()
    assert (folder / FILE).read_bytes() == hub.content
    assert left(folder) == [FILE]
    assert hub.ranges == [(0, len(hub.content))]
    assert f"SHA-256 as announced ({hub.sha256})" in told
    assert f"MODEL_PATH={folder / FILE} make run" in told


def test_a_model_that_is_there_is_not_fetched_again(hub: Hub, folder: Path) -> None:
    fetch()
    assert "Already there" in fetch()
    assert hub.bytes_sent == len(hub.content)


def test_a_model_that_is_there_needs_no_hub(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be reached to compare it" in fetch()


def test_another_file_of_that_name_is_left_alone(hub: Hub, folder: Path) -> None:
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
    assert hub.versions == [COMMIT, COMMIT]  # both parts of one version, whatever the hub gets meanwhile
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
    assert left(folder) == [FILE]
    assert (FIRST_PART, len(hub.content)) in hub.ranges


def test_what_arrived_of_an_older_version_is_deleted(hub: Hub, folder: Path) -> None:
    folder.mkdir()
    (folder / f".{FILE}.{'0' * 16}.partial").write_bytes(b"older")
    fetch()
    assert left(folder) == [FILE]


def test_a_busy_hub_is_asked_again(hub: Hub, folder: Path) -> None:
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


def test_a_wrong_hash_is_refused_and_nothing_kept(hub: Hub, folder: Path) -> None:
    hub.announced_sha256 = "0" * 64
    told = refusal()
    assert "damaged, and was deleted" in told
    assert hub.sha256 in told
    assert left(folder) == []


@pytest.mark.parametrize("size", [100_000, 300_000])
def test_more_bytes_than_announced_are_refused(hub: Hub, folder: Path, size: int) -> None:
    hub.announced_size = size
    assert "damaged, and was deleted" in refusal()
    assert left(folder) == []


def test_a_file_that_is_no_model_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Hub(b"no model" * 10_000) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert "begins with b'no m' instead of b'GGUF'" in refusal()
    assert left(folder) == []


def test_a_disk_that_is_too_small_is_told_before_the_download(hub: Hub, folder: Path) -> None:
    hub.announced_size = 10**15
    told = refusal()
    assert "not enough disk space" in told
    assert "1,000,000,064 MB" in told
    assert hub.bytes_sent == 0
    assert left(folder) == []


def test_some_space_stays_free(tmp_path: Path) -> None:
    require_space(tmp_path, 0)
    statvfs = os.statvfs(tmp_path)
    with pytest.raises(ModelDownloadError, match="not enough disk space"):
        require_space(tmp_path, statvfs.f_bavail * statvfs.f_frsize - 1_000_000)


def test_no_network_is_told_with_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", url)
        told = refusal()
    assert f"{url} cannot be reached" in told
    assert f"{url}/{REPO}/resolve/main/{FILE}" in told
    assert f"set MODEL_PATH to {folder / FILE}" in told


def test_offline_mode_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # read once, when it is imported
    assert "HF_HUB_OFFLINE forbids" in refusal()


def test_a_hub_out_of_order_is_told(hub: Hub, folder: Path) -> None:
    hub.failures = [503]
    assert f"{hub.url} answered 503" in refusal()
    assert left(folder) == []


def test_an_unknown_file_is_told() -> None:
    assert f"{REPO} has no file other.gguf" in refusal("--file", "other.gguf")


@pytest.mark.parametrize("repo", ["tests/other", "../../etc", "a b"])
def test_an_unknown_repository_is_told(repo: str) -> None:
    assert f"no repository {repo}" in refusal("--repo", repo)


def test_a_server_that_is_no_hub_is_told(hub: Hub) -> None:
    hub.failures = [204]
    assert "does not answer as a hub does" in refusal()


@pytest.mark.parametrize(
    "name", ["../x.gguf", "a/../../x.gguf", "/x.gguf", "..\\x.gguf", ".x.gguf", "x\n.gguf", "x.py"]
)
def test_a_name_that_leads_elsewhere_is_refused(hub: Hub, folder: Path, name: str) -> None:
    assert "check MODEL_FILE" in refusal("--file", name)
    assert not folder.exists()


def test_a_token_stays_with_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch()
    assert hub.tokens == [None]


def test_two_downloads_into_one_folder_do_not_meet(hub: Hub, folder: Path) -> None:
    source = ModelSource(REPO, FILE, hub.url)
    told: list[str] = []

    def fetch_again(progress: DownloadProgress) -> None:
        if not told:
            told.append(refusal())

    fetch_model(source, folder, fetch_again)
    assert "Another process is fetching" in told[0]
    assert (folder / FILE).read_bytes() == hub.content


def test_embeddings_are_quantized_and_all_else_stays(
    hub: Hub, folder: Path, engine_binary: Callable[[str], Path]
) -> None:
    told = fetch("--quantize-embeddings", "--llama-quantize", str(engine_binary("llama-quantize")))
    result = folder / "small-model-embed-q6_k.gguf"
    assert f"MODEL_PATH={result} make run" in told
    assert left(folder) == sorted([FILE, result.name])

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
    assert f"Already there: {result}" in fetch(
        "--quantize-embeddings", "--llama-quantize", str(engine_binary("llama-quantize"))
    )


def test_a_missing_llama_quantize_is_told_before_the_download(hub: Hub, tmp_path: Path) -> None:
    assert "build_engine --tools" in refusal("--quantize-embeddings", "--llama-quantize", str(tmp_path / "none"))
    assert hub.bytes_sent == 0


def test_the_models_folder_is_listed_with_what_is_damaged(small_model: Callable[..., Path], folder: Path) -> None:
    (folder / "more").mkdir(parents=True)
    content = small_model().read_bytes()
    (folder / "more" / "whole.gguf").write_bytes(content)
    (folder / "cut.gguf").write_bytes(content[:-1])
    (folder / ".hidden.gguf").write_bytes(content)
    (folder / "notes.txt").write_text("no model")
    models = ModelFolder(folder)
    cut, whole = models.read()
    assert (whole.file, whole.size, whole.name, whole.quantization, whole.architecture, whole.error) == (
        "more/whole.gguf",
        len(content),
        "Random",
        "TQ2_0",
        "bitnet",
        "",
    )
    assert cut.file == "cut.gguf"
    assert "its weights should end" in cut.error
    assert models.read()[1] is whole
    (folder / "cut.gguf").write_bytes(content)
    assert not models.read()[0].error
    assert ModelFolder(folder / "none").read() == ()


def test_a_server_fetches_its_model_while_it_runs(
    hub: Hub, folder: Path, tmp_path: Path, engine_binary: Callable[[str], Path]
) -> None:
    engine_binary("llama-cli")
    hub.failures = [503]
    hub.pause_at = FIRST_PART
    with Server(tmp_path, MODEL_PATH=str(folder / FILE), FETCH_MODEL="true") as server:
        failed = server.wait_for_health("failed")
        assert "answered 503" in failed["detail"]
        server.wait_for_health("downloading")
        with server.client() as client:
            arrived = {"bytes": FIRST_PART, "total_bytes": len(hub.content)}
            wait_for(lambda: client.get("/health").json()["progress"] == arrived, "the first part did not arrive")
            assert client.get("/health").status_code == 503
            refused = client.post("/generate", json={"prompt": "Hello"})
            assert (refused.status_code, refused.json()["code"]) == (503, "engine_unavailable")
            assert "being fetched" in refused.json()["detail"]
            hub.go_on.set()
            assert "progress" not in server.wait_for_health("ok")
            assert client.post("/generate", json={"prompt": "Hello", "max_tokens": 4}).status_code == 200
            (listed,) = client.get("/model_info").json()["models"]
            assert (listed["file"], listed["size"], listed["error"]) == (FILE, len(hub.content), "")
        assert "/storage/" not in server.log  # its URLs are signed on the real hub: who reads them may use them
    assert (folder / FILE).read_bytes() == hub.content
    assert hub.ranges == [(0, len(hub.content))]


def test_a_server_that_fetches_ends_at_once_and_resumes(hub: Hub, folder: Path, tmp_path: Path) -> None:
    hub.pause_at = FIRST_PART
    with Server(tmp_path, MODEL_PATH=str(folder / FILE), FETCH_MODEL="true") as server:
        server.wait_for_health("downloading")
        wait_for(lambda: [path.stat().st_size for path in folder.glob(".*.partial")] == [FIRST_PART], "no first part")
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(PATIENCE)
        assert time.monotonic() - asked < 5
    assert "Traceback" not in server.log
    hub.pause_at = None
    hub.go_on.set()
    fetch()
    assert (FIRST_PART, len(hub.content)) in hub.ranges


def test_a_server_gives_up_a_wrong_model(hub: Hub, folder: Path, tmp_path: Path) -> None:
    hub.announced_sha256 = "0" * 64
    with Server(tmp_path, MODEL_PATH=str(folder / FILE), FETCH_MODEL="true") as server:
        assert "damaged, and was deleted" in server.wait_for_health("failed")["detail"]
    assert left(folder) == []
    assert hub.bytes_sent == len(hub.content)
