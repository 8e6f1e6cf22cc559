"""Requests to a pool of child processes: closing, failed launches, and what the status shows.

Time limits are multiplied by `NOISE` for machines under load.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from inference.engine import (
    Queued,
    Sampling,
    Started,
    Text,
)
from inference.engine.errors import (
    EngineUnavailable,
)
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import alive, switches, until
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import NOISE, SLOW, complete, pids, question, settled


@pytest.mark.parametrize("when", ["waiting", "starting", "answering"])
@pytest.mark.serial
async def test_closing_the_iterator_frees_the_place(when: str, fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW)) as pool:
        other = pool.generate(question("Hello"))
        if when == "waiting":
            await anext(other)
        events = pool.generate(question("Hello", keep=True))
        wanted = {"waiting": Queued, "starting": Started, "answering": Text}[when]
        async for event in events:
            if isinstance(event, wanted):
                break
        serving = pids(pool, Role.SERVING)
        closed = time.monotonic()
        await events.aclose()
        await other.aclose()
        assert not pool.status().queue
        assert not pids(pool, Role.SERVING)
        await until(lambda: not any(alive(pid) for pid in serving))
        assert time.monotonic() - closed < 1.0 * NOISE
        await settled(pool)


async def test_a_launch_that_fails_is_not_blamed_on_the_request(
    fake_cli: Path, pool_on: StartPool, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    extra = switches("exit-at-launch=no memory left", f"while={broken}")
    async with pool_on(fake_cli, extra, standby_instances=0) as pool:
        broken.touch()
        error = (await complete(pool, question("Hello"))).error
        assert isinstance(error, EngineUnavailable)
        assert "no memory left" in str(error)
        assert pool.status().crashes == 1
        broken.unlink()
        assert (await complete(pool, question("Hello"))).error is None
        assert not pool.health().failure


async def test_the_status_shows_what_computes_on_which_cores(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches(*SLOW)) as pool:
        asking = asyncio.create_task(complete(pool, question("My secret", caller="Ann", sampling=Sampling(seed=7))))
        await until(lambda: any(process.state == "answering" for process in pool.status().workers))
        status = pool.status()
        (process,) = [process for process in status.workers if process.role == "serving"]
        assert (process.profile["seed"], process.profile["top_k"], process.profile["min_p"]) == (7, 0, 0.0)
        assert process.private_memory > 0
        # A launch ahead may have the other core.
        (lease,) = [lease for lease in status.leases if lease.role == "serving"]
        assert (lease.worker, len(lease.cores)) == (process.worker, status.threads)
        assert "secret" not in repr(status)
        asking.cancel()
        await asyncio.wait([asking])
