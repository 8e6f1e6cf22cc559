"""Cores that are free are lent to answers, and taken back when another computation needs them."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from inference.engine import Engine, Event, Text
from inference.engine.llama_cli.models.program import find_program
from inference.engine.llama_cli.scheduling.slots import Role
from inference.machine.cores import available_cores, usable_cores
from tests.engine_processes import steady, until
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import pids, question

CORES = usable_cores()
pytestmark = pytest.mark.skipif(
    len(CORES) % 2 or available_cores() < len(CORES), reason="needs an even number of cores, without a quota"
)


async def begin_and_stop(pool: Engine, events: AsyncGenerator[Event, None]) -> int:
    """Wait until the answer has begun, stop its process, and return the pid."""
    before = set(pids(pool, Role.SERVING))
    async for event in events:
        if isinstance(event, Text):
            break
    (pid,) = set(pids(pool, Role.SERVING)) - before
    os.kill(pid, signal.SIGSTOP)
    return pid


def cores_of(pid: int) -> set[int]:
    """Return the cores on which the threads of a process may run, which must be the same for all."""
    (cores,) = {frozenset(os.sched_getaffinity(int(task.name))) for task in Path(f"/proc/{pid}/task").iterdir()}
    return set(cores)


def environment_of(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/environ").read_text().split("\0"))


async def test_an_answer_has_all_cores_until_another_one_needs_some(
    engine_binary: Callable[[str], Path], pool_on: StartPool, model: Path
) -> None:
    binary = engine_binary("llama-cli")
    settings = {"model_instances": 2, "max_threads": len(CORES), "standby_instances": 0}
    async with (
        pool_on(binary, steady(model), **settings) as pool,
        aclosing(pool.generate(question("One", max_tokens=900))) as first,
    ):
        assert find_program(binary).threads_sleep
        assert pool.status().threads == len(CORES)
        one = await begin_and_stop(pool, first)
        # A process that begins confined would otherwise spin too little for as long as it lives.
        assert {"GOMP_SPINCOUNT=300", "OMP_WAIT_POLICY=ACTIVE"} <= environment_of(one)
        assert cores_of(one) == set(CORES)
        async with aclosing(pool.generate(question("Two", max_tokens=900))) as second:
            two = await begin_and_stop(pool, second)
            assert not cores_of(one) & cores_of(two)
            assert {len(cores_of(one)), len(cores_of(two))} == {len(CORES) // 2}
            assert sorted(core for lease in pool.status().leases for core in lease.cores) == list(
                range(len(CORES) // 2 * 2)
            )
        await until(lambda: cores_of(one) == set(CORES))
