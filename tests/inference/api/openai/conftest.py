"""OpenAI's own client, at a server with the demo model."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.server import PATIENCE, Server


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with client_of(server) as client:
        yield client


def client_of(server: Server, **options: object) -> openai.OpenAI:
    return openai.OpenAI(**{"base_url": f"{server.url}/v1", "api_key": "none", "timeout": PATIENCE} | options)  # type: ignore[arg-type]
