"""A server that downloads its model itself, from a stand-in hub."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hub import FILE, Hub
from tests.server import PATIENCE, Server, tracebacks

from .downloads import FIRST_PART, fetch, files_in, wait_for

pytestmark = pytest.mark.usefixtures("hub_settings")


def test_a_server_downloads_its_model_while_it_runs(
    hub: Hub, folder: Path, tmp_path: Path, engine_binary: Callable[[str], Path]
) -> None:
    engine_binary("llama-cli")
    hub.failures = [503]
    hub.pause_at = FIRST_PART
    with Server(tmp_path, MODEL_PATH=str(folder / FILE), FETCH_MODEL="true") as server:
        assert "cannot be downloaded" in server.wait_for_health("failed")["detail"]
        assert "answered 503" in server.log
        server.wait_for_health("downloading")
        with server.client() as client:
            arrived = {"bytes": FIRST_PART, "total_bytes": len(hub.content)}
            wait_for(lambda: client.get("/health").json()["progress"] == arrived, "the first part did not arrive")
            assert client.get("/health").status_code == 503
            refused = client.post("/generate", json={"prompt": "Hello"})
            assert (refused.status_code, refused.json()["code"]) == (503, "engine_unavailable")
            assert "being downloaded" in refused.json()["detail"]
            hub.go_on.set()
            assert "progress" not in server.wait_for_health("ok")
            assert client.post("/generate", json={"prompt": "Hello", "max_tokens": 4}).status_code == 200
            (listed,) = client.get("/model_info").json()["models"]
            assert (listed["file"], listed["size"], listed["failure"]) == (FILE, len(hub.content), "")
        assert "/storage/" not in server.log  # its URLs are signed on the real hub: who reads them may use them
    assert (folder / FILE).read_bytes() == hub.content
    assert hub.ranges == [(0, len(hub.content))]


@pytest.mark.serial
def test_a_downloading_server_stops_quickly_and_resumes(hub: Hub, folder: Path, tmp_path: Path) -> None:
    hub.pause_at = FIRST_PART
    with Server(tmp_path, MODEL_PATH=str(folder / FILE), FETCH_MODEL="true") as server:
        server.wait_for_health("downloading")
        wait_for(lambda: [path.stat().st_size for path in folder.glob(".*.partial")] == [FIRST_PART], "no first part")
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(PATIENCE)
        assert time.monotonic() - asked < 5
    assert tracebacks(server.log) == []
    hub.pause_at = None
    hub.go_on.set()
    fetch()
    assert (FIRST_PART, len(hub.content)) in hub.ranges


@pytest.mark.promise(28)
def test_a_server_does_not_retry_a_wrong_model(hub: Hub, folder: Path, tmp_path: Path) -> None:
    hub.announced_sha256 = "0" * 64
    with Server(tmp_path, MODEL_PATH=str(folder / FILE), FETCH_MODEL="true") as server:
        assert "cannot be downloaded" in server.wait_for_health("failed")["detail"]
        assert "damaged, and was deleted" in server.log
    assert files_in(folder) == []
    assert hub.bytes_sent == len(hub.content)
