"""How a pool ends an answer whose process ignores signals."""

from __future__ import annotations

import asyncio
from pathlib import Path

from inference.engine.errors import (
    EngineStopping,
)
from tests.engine_processes import switches, until
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import SLOW, Outcome, complete, question


async def test_an_answer_longer_than_the_drain_time_is_ended(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW, "ignore-sigterm", "ignore-sigint")) as pool:
        running = Outcome()
        asking = asyncio.create_task(complete(pool, question("Hello"), running))
        await until(lambda: running.text)
        await pool.drain(0.2)
        await asking
        assert isinstance(running.error, EngineStopping)
        assert running.text
