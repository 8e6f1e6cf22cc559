"""What a node says to requests that are not a server's."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from tests.inference.engine.contract.engines import Behaviour

from .harness import TOKEN, RemoteHarness


@pytest.fixture
async def node(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of a node."""
    harness = RemoteHarness(request, tmp_path)
    await harness.start_node(Behaviour())
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{harness.port}", headers=headers) as client:
        yield client
    await harness.stop_node()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/settings"),
        ("PUT", "/v1/exclusion"),
        ("POST", "/v1/pause"),
        ("POST", "/v1/resume"),
        ("POST", "/v1/generate"),
        ("POST", "/v1/count"),
    ],
)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"settings": 1, "reason": 1, "alone": 1, "prompt": 1}'])
async def test_bodies_of_another_form_are_refused(node: httpx.AsyncClient, method: str, path: str, body: bytes) -> None:
    response = await node.request(method, path, content=body)
    if path in ("/v1/generate", "/v1/count") and body == b"{}":
        assert response.status_code == 503  # every field has a default, and the node does not take requests yet
    else:
        assert (response.status_code, response.json()["code"]) == (422, "version")


async def test_without_the_token_only_the_health_is_told(node: httpx.AsyncClient) -> None:
    for token in ("", "Bearer", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}"):
        response = await node.get("/v1/status", headers={"Authorization": token})
        assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert (await node.get("/health", headers={"Authorization": ""})).status_code == 503
