"""Real child processes that crash, hang or fail to launch, as a request sees them.

`SOAK=1` raises the number of cycles. Time limits are multiplied by `NOISE` for machines under load.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.engine import (
    Engine,
)
from inference.engine.errors import (
    EngineUnavailable,
)
from inference.engine.llama_cli.scheduling.crashes import MAX_IN_A_ROW
from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import PATIENCE, SOAK, Footprint, switches, until
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import NOISE, complete, pids, question, settled

Binary = Callable[[str], Path]
CYCLES = 1000 if SOAK else 50
# Short delays before retries, for tests that wait for many crashes.
QUICK: dict[str, float] = {} if SOAK else {"check_interval": 0.05, "crash_delay": 0.05}


@pytest.mark.promise(1)
async def test_a_process_killed_before_its_first_token_is_replaced_unnoticed(
    fake_cli: Path, pool_on: StartPool, tmp_path: Path
) -> None:
    stops = tmp_path / "stops"
    async with pool_on(fake_cli, switches("stop-at=0", f"once={stops}")) as pool:
        await settled(pool)
        stops.touch()
        asking = asyncio.create_task(complete(pool, question("Hello")))
        await until(lambda: not stops.exists())
        os.kill(pids(pool, Role.SERVING)[0], signal.SIGKILL)
        outcome = await asking
        assert outcome.error is None
        assert outcome.text == "I heard: Hello"
        assert (pool.status().crashes, pool.status().crashes_during_requests) == (0, 1)
        assert pool.status().launches["serving"] == 1


@pytest.mark.promise(1)
async def test_a_real_standby_killed_as_it_is_taken_is_replaced_unnoticed(
    engine_binary: Binary, pool_on: StartPool
) -> None:
    async with pool_on(engine_binary("llama-cli")) as pool:
        await settled(pool)
        expected = await complete(pool, question("Hello", max_tokens=20))
        await settled(pool)
        os.kill(pids(pool, Role.STANDBY)[0], signal.SIGKILL)
        outcome = await complete(pool, question("Hello", max_tokens=20))
        assert outcome.error is None
        assert outcome.text == expected.text


@pytest.mark.serial
@pytest.mark.promise(3)
async def test_a_dead_standby_is_replaced(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        await settled(pool)
        (dead,) = pids(pool, Role.STANDBY)
        killed = time.monotonic()
        os.kill(dead, signal.SIGKILL)
        await until(lambda: pool.status().crashes == 1)
        await settled(pool)
        own = pool.config.llama_cli
        assert own and time.monotonic() - killed < (1.25 * own.crash_delay + own.check_interval + 0.1) * NOISE
        assert pids(pool, Role.STANDBY) != [dead]


async def test_a_dead_resident_is_forgotten(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        first = await complete(pool, question("One", keep=True))
        (resident,) = pids(pool, Role.RESIDENT)
        os.kill(resident, signal.SIGKILL)
        await until(lambda: not pids(pool, Role.RESIDENT))
        second = await complete(pool, question("One", first.text, "Two"))
        assert second.text == "I heard: One | Two"


@pytest.mark.parametrize(
    ("fault", "reason"), [("exit-at-launch=bad model file", "bad model file"), ("die-at-launch=9", "memory ran out")]
)
@pytest.mark.promise(4)
async def test_processes_that_keep_dying_are_a_failure_without_a_busy_loop(
    fault: str, reason: str, fake_cli: Path, pool_on: StartPool, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    async with pool_on(fake_cli, switches(fault, f"while={broken}"), **QUICK) as pool:
        await settled(pool)
        assert pool.health().failure == ""
        broken.touch()
        os.kill(pids(pool, Role.STANDBY)[0], signal.SIGKILL)
        await until(lambda: pool.health().failure, 2 * PATIENCE)
        assert reason in pool.health().failure
        assert pool.status().crashes > MAX_IN_A_ROW
        failed_at, worked = pool.status().crashes, time.process_time()
        await asyncio.sleep(1.0)  # the time in which a busy loop would be seen
        assert pool.status().crashes - failed_at <= 2
        assert time.process_time() - worked < 0.5
        refused = await complete(pool, question("Hello"))
        assert isinstance(refused.error, EngineUnavailable)
        assert reason in str(refused.error)
        broken.unlink()
        await until(lambda: not pool.health().failure, 2 * PATIENCE)
        assert (await complete(pool, question("Hello"))).text == "I heard: Hello"


@pytest.mark.promise(4)
async def test_processes_that_die_as_soon_as_they_are_ready_are_a_failure(
    fake_cli: Path, pool_on: StartPool, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    async with pool_on(fake_cli, switches("die-idle-after=0.01", f"while={broken}"), **QUICK) as pool:
        broken.touch()
        os.kill((await standby(pool)), signal.SIGKILL)
        await until(lambda: pool.health().failure, 2 * PATIENCE)
        assert pool.status().crashes > MAX_IN_A_ROW


async def standby(pool: Engine) -> int:
    """Return the pid of the only standby, once it is ready."""
    await settled(pool)
    return pids(pool, Role.STANDBY)[0]


@pytest.mark.promise(8, times=CYCLES)
async def test_cycles_of_launch_answer_and_end_leave_nothing_behind(fake_cli: Path, pool_on: StartPool) -> None:
    others = Footprint.now().children
    async with pool_on(fake_cli, standby_instances=1) as pool:
        before = None
        for cycle in range(CYCLES):
            assert (await complete(pool, question(f"Hello {cycle}"))).error is None
            if cycle == 4:
                await settled(pool)
                await until(lambda: Footprint.now().children == others + 2)  # standby and template; the rest is reaped
                before, memory = Footprint.now(), _resident_memory()
        await settled(pool)
        await until(lambda: Footprint.now().children == others + 2)
        assert Footprint.now() == before
        assert _resident_memory() - memory < 20 * 2**20


def _resident_memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
