"""What an operator does to a running pool: retiring processes, and the reported events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.engine import ServedModel
from inference.engine.errors import (
    NoSuchWorker,
)
from inference.engine.llama_cli.scheduling.slots import Role
from inference.engine.status import ModelState
from tests.engine_processes import alive, switches, until
from tests.inference.engine.configs import with_settings
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import complete, pids, question, settled, submit


async def test_an_idle_process_that_is_retired_is_replaced(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli) as pool:
        first = await complete(pool, question("One", caller="Ann", keep=True))
        await settled(pool)
        before = pids(pool, Role.STANDBY) + pids(pool, Role.RESIDENT)
        for pid in before:
            assert await pool.retire(str(pid))
        await until(lambda: not any(map(alive, before)))
        await settled(pool)
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)
        second = await complete(pool, question("One", first.text, "Two", caller="Ann"))
        assert second.text == "I heard: One | Two"
        assert second.started.reused_tokens > 0
        with pytest.raises(NoSuchWorker):
            await pool.retire(str(before[0]))
        assert pool.status().crashes == 0


async def test_a_process_that_answers_is_retired_after_its_answer(fake_cli: Path, pool_on: StartPool) -> None:
    async with pool_on(fake_cli, switches("seconds-per-token=0.1")) as pool:
        task, _ = await submit(pool, "One", caller="Ann", keep=True)
        (pid,) = pids(pool, Role.SERVING)
        assert not await pool.retire(str(pid))
        assert (await task).text == "I heard: One"
        assert (await task).finished.worker == str(pid)
        await until(lambda: not alive(pid))
        await until(lambda: len(pids(pool, Role.RESIDENT)) == 1)  # its replay


async def test_starts_crashes_and_changes_are_reported_and_a_failing_listener_breaks_nothing(
    fake_cli: Path, pool_on: StartPool
) -> None:
    events: list[tuple[str, str]] = []

    def listen(kind: str, detail: str) -> None:
        events.append((kind, detail))
        raise OSError("the disk is full")

    async with pool_on(fake_cli, switches("die-at=1", "when=poison"), on_event=listen) as pool:
        assert (await complete(pool, question("My secret poison"))).error is not None
        assert (await complete(pool, question("One"))).text == "I heard: One"
        await pool.reconfigure(with_settings(pool.config, max_queue=7, system_prompt="My secret prompt"))
        await pool.pause()
        await pool.pause()
    assert [kind for kind, _ in events] == ["start", "crash", "change", "change"]
    assert "max_queue: 64 → 7" in events[2][1]
    assert "secret" not in repr(events)


async def test_a_model_is_loaded_once_for_two_requests_and_unloaded_when_it_is_idle(
    fake_cli: Path, pool_on: StartPool, small_model: Callable[..., Path]
) -> None:
    other = ServedModel("other", "Other", str(small_model(weights="TQ2_0")), str(fake_cli))
    changes: list[str] = []

    def listen(kind: str, detail: str) -> None:
        changes.append(detail)

    options: dict[str, Any] = {"models": (other,), "max_models": 2, "resident_idle": 0.5, "check_interval": 0.05}
    async with pool_on(fake_cli, on_event=listen, **options) as pool:

        def state() -> ModelState:
            return pool.models[1].state

        both = await asyncio.gather(*(complete(pool, question(text, model="other")) for text in ("One", "Two")))
        assert [outcome.text for outcome in both] == ["I heard: One", "I heard: Two"]
        await until(lambda: state() is ModelState.AVAILABLE)
        assert [each for each in changes if "loaded" in each] == [
            "Other is loaded.",
            "Other is not loaded any more: it was not used.",
        ]
        assert (await complete(pool, question("Three", model="other"))).text == "I heard: Three"
