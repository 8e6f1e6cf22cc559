"""Ollama's own client, at a server with the demo model."""

from __future__ import annotations

from collections.abc import Iterator

import ollama
import pytest

from tests.server import PATIENCE, Server


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[ollama.Client]:
    with client_of(server) as client:
        yield client


def client_of(server: Server, **headers: str) -> ollama.Client:
    return ollama.Client(server.url, headers=headers, timeout=PATIENCE)
