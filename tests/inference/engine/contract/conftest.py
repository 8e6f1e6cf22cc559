"""Start and stop each engine under contract."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine_processes import PATIENCE, SOAK
from tests.inference.engine.contract.engines import Behaviour, LlamaCliHarness
from tests.inference.engine.remote.harness import RemoteHarness

Harness = LlamaCliHarness

# With `make machines` and `make soak` the same tests run on a node too: it is the first engine, behind HTTP.
ENGINES = {"llama_cli": LlamaCliHarness}
if SOAK or os.environ.get("MACHINES") == "1":
    ENGINES["remote"] = RemoteHarness

StartEngine = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.fixture(params=ENGINES)
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Harness:
    """An engine that is not started."""
    return ENGINES[request.param](request, tmp_path)


@pytest.fixture
def engine_with(harness: Harness) -> StartEngine:
    """Start the engine with a behaviour (None: the real program) and settings. Stop it at the end."""

    @asynccontextmanager
    async def start(behaviour: Behaviour | None = Behaviour(), **settings: Any) -> AsyncGenerator[Harness, None]:  # noqa: B008 – frozen
        async with asyncio.timeout(2 * PATIENCE):
            await harness.start(behaviour, **settings)
        try:
            yield harness
        finally:
            async with asyncio.timeout(2 * PATIENCE):
                await harness.stop()
            assert harness.left_behind() == []

    return start
