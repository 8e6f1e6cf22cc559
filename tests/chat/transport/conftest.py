"""Fixtures of the tests of sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chat.transport.servers import MANY, Start
from tests.server import Server


@pytest.fixture
def start(tmp_path: Path, fake_cli: Path) -> Iterator[Start]:
    """Starts servers on this test's data, with switches of the fake llama-cli. They stop with the test."""
    with ExitStack() as servers:

        def started(*switches: str, **settings: str) -> Server:
            arguments = " ".join(f"--fake {switch}" for switch in switches)
            server = Server(tmp_path, LLAMA_CLI=str(fake_cli), LLAMA_ARGS=arguments, **settings)
            servers.enter_context(server)
            server.wait_for_health()
            return server

        yield started


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, fake_cli: Path) -> Iterator[Server]:
    """One server, shared by tests that leave it unchanged. Its answers take a minute unless they are stopped."""
    switches = f"--fake tokens={MANY} --fake seconds-per-token=0.03"
    with Server(tmp_path_factory.mktemp("shared_server"), LLAMA_CLI=str(fake_cli), LLAMA_ARGS=switches) as server:
        server.wait_for_health()
        yield server
