"""A node as a process, with the command of `make engine-node`."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.server import PATIENCE, Server, until


def test_a_node_starts_by_itself_and_drains_at_its_end(tmp_path: Path, fake_cli: Path) -> None:
    lock = tmp_path / "engine.lock"
    with Server(tmp_path, ROLE="engine", LLAMA_CLI=str(fake_cli)) as node:
        assert until(lambda: "concurrent answers" in node.log), node.log  # with the node's own settings
        assert lock.read_text()
        node.process.send_signal(signal.SIGTERM)
        assert node.process.wait(PATIENCE) == 0
        assert "Application shutdown complete" in node.log
        assert not lock.read_text()
