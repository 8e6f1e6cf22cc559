"""The ASGI handler: threads only for what may block."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from bitnetsite.http.handler import Handler


async def threads_of(path: str, headers: dict[str, str]) -> tuple[int, set[str]]:
    """Return the status of a request, and its own threads: Django logs errors in one of those that all share."""
    started: set[str] = set()
    threading.setprofile(lambda *event: started.add(threading.current_thread().name))  # called in new threads only
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(Handler()), base_url="http://localhost", headers=headers
        ) as client:
            response = await client.get(path)
    finally:
        threading.setprofile(None)  # type: ignore[arg-type]  # takes None as sys.setprofile does
    return response.status_code, {name for name in started if not name.startswith("uvloop")}


@pytest.mark.parametrize(("path", "status"), [("/health/live", 200), ("/v1/nonsense", 404), ("/generate", 405)])
async def test_a_request_that_needs_no_database_starts_no_thread(path: str, status: int) -> None:
    assert await threads_of(path, {"authorization": "Bearer none"} if path.startswith("/v1") else {}) == (status, set())


async def test_a_key_is_looked_up_in_a_thread(transactional_db: None, settings: Any) -> None:
    status, started = await threads_of("/v1/nonsense", {"x-api-key": "bnk_unknown"})
    assert status == 401
    assert started
