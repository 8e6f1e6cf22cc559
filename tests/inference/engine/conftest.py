"""Fixtures for the engine's processes: models, and pools that must leave no process behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from inference.engine import Engine, OnEngineEvent, Sampling, make_engine
from inference.engine.config import ProcessTimeouts
from tests.engine_processes import PATIENCE, child_pids
from tests.inference.engine.configs import engine_config


@pytest.fixture(autouse=True)
def leaves_no_child() -> Iterator[None]:
    """Check that every test ends and reaps its processes."""
    before = child_pids()
    yield
    assert child_pids() == before


@pytest.fixture(scope="session")
def model(small_model: Callable[..., Path]) -> Path:
    """A small real model whose answers at temperature 1 end by themselves after about 40 tokens."""
    return small_model()


StartPool = Callable[..., AbstractAsyncContextManager[Engine]]


@pytest.fixture
def pool_on(tmp_path: Path, model: Path) -> StartPool:
    """Start a pool on a binary, with one thread per process, and stop it at the end."""

    @asynccontextmanager
    async def start(
        binary: Path, extra: Sequence[str] = (), *, on_event: OnEngineEvent | None = None, **settings: Any
    ) -> AsyncGenerator[Engine, None]:
        defaults: dict[str, Any] = {
            "max_threads": 1,
            "resident_instances": 4,
            "sampling": Sampling(temperature=0.0),
            "context_size": 1024,
            "timeouts": ProcessTimeouts(PATIENCE, PATIENCE, PATIENCE),
        }
        # Token 0 is NUL, which prints nothing: it can be reported late, which would move the position of a cut.
        arguments = (*extra, "-l", "0-1000")
        settings = defaults | settings | {"extra_arguments": arguments}
        model_file, cache = settings.pop("model", model), settings.pop("cache_folder", tmp_path / "cache")
        config = engine_config(binary, model_file, cache, **settings)
        pool = make_engine(config, on_event)
        async with asyncio.timeout(2 * PATIENCE):
            await pool.start()
        try:
            yield pool
        finally:
            async with asyncio.timeout(2 * PATIENCE):
                await pool.stop()

    return start
