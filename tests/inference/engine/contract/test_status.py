"""The status of an engine: state, models, workers, queue and leases."""

from __future__ import annotations

import asyncio

from tests.engine_processes import until
from tests.inference.engine.contract.asking import ask, asking, is_queued
from tests.inference.engine.contract.conftest import StartEngine
from tests.inference.engine.contract.engines import SLOW, Behaviour


async def test_the_status_of_an_idle_engine(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        await engine.settled()
        status = engine.status()
        assert (status.state, status.failure, status.paused, status.changing) == ("running", "", False, False)
        assert (status.revision, status.crashes) == (1, 0)
        assert (status.queue, status.leases, status.answering) == ([], [], [])
        assert status.places == 1
        assert status.cores >= 1
        assert all(worker.name and not engine.gone(worker.name) for worker in status.workers)


async def test_models_are_named_with_file_and_context(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        (model,) = engine.models
        assert model.name == "Random"
        assert (model.file, model.id) == (engine.settings.model.name, engine.status().model)
        assert model.state == "loaded"
        assert model.context_length == 2048
        await engine.reconfigure(model=engine.model(name="Other", context_length=512))
        (model,) = engine.models
        assert (model.name, model.context_length) == ("Other", 512)


async def test_the_status_shows_who_computes_and_who_waits(engine_with: StartEngine) -> None:
    async with (
        engine_with(SLOW) as engine,
        asking(engine, "Hello", caller="key:Ann"),
        asking(engine, "Hello", caller="user:Bob", until_it=is_queued),
        asking(engine, "Hello", caller="127.0.0.1", until_it=is_queued),
    ):
        status = engine.status()
        (worker,) = status.answering
        assert not engine.gone(worker)
        assert [(entry.position, entry.caller_kind) for entry in status.queue] == [(1, "user"), (2, "")]
        assert all(entry.waited_seconds >= 0 for entry in status.queue)
        assert status.leases


async def test_a_worker_that_holds_a_conversation_is_shown(engine_with: StartEngine) -> None:
    async with engine_with() as engine:
        outcome = await ask(engine, "Hello", caller="Ann", keep=True)
        assert engine.status().conversations == [engine.worker_of(outcome.finished)]


async def test_leases_never_exceed_the_cores(engine_with: StartEngine) -> None:
    async with engine_with(Behaviour(seconds_per_token=0.002), model_instances=2, max_queue=100) as engine:
        seen: list[int] = []

        def look() -> bool:
            status = engine.status()
            cores = [core for lease in status.leases for core in lease]
            assert len(cores) == len(set(cores)) <= status.cores
            seen.append(len(cores))
            return all(task.done() for task in tasks)

        tasks = [
            asyncio.create_task(ask(engine, f"{number}", caller=f"caller {number % 3}", keep=number % 2 == 0))
            for number in range(9)
        ]
        await until(lambda: engine.status().leases)
        await engine.reconfigure(max_threads=2, model_instances=1)
        tasks += [asyncio.create_task(ask(engine, "Hello")) for _ in range(2)]
        await until(look)
        assert max(seen) > 0
        assert all(task.result().error is None for task in tasks)
        await engine.settled()
        assert engine.status().leases == []


async def test_the_state_follows_the_life_of_the_engine(engine_with: StartEngine) -> None:
    async with engine_with(SLOW) as engine, asking(engine, "Hello"):
        assert engine.status().state == "running"
        draining = asyncio.create_task(engine.drain(30))
        await until(lambda: engine.status().state == "draining")
        await engine.stop()
        await draining
        assert engine.status().state == "stopped"
        assert engine.status().workers == []
