"""Trials of new configurations beside the answers that run, on the next cores that become free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

from inference.engine.llama_cli.planner import Plan
from inference.engine.llama_cli.process.process import Command
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Trial
from inference.engine.llama_cli.workers import Workers
from inference.machine.memory import private_memory

from .probe import Proof, prove


class Trials:
    """Runs trials. `pump`: has the pool carry out what the scheduler decides."""

    def __init__(self, scheduler: Scheduler, workers: Workers, pump: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._workers = workers
        self._pump = pump
        self._begun: dict[Trial, asyncio.Future[None]] = {}

    async def prove(self, ends: ExitStack, command: Command, plan: Plan) -> Proof:
        """Prove a configuration. See `probe.prove`.

        The trial keeps its cores until `ends` is closed, so that they are granted by the new configuration.
        """
        trial = Trial(min(self._scheduler.limits.team, plan.profile.threads))
        begun = self._begun[trial] = asyncio.get_running_loop().create_future()
        ends.callback(self._end, trial)
        self._scheduler.reserve(trial)
        self._pump()
        await begun
        used = sum(private_memory(process.pid) for process in self._workers.processes.values() if process.pid)
        return await prove(command, plan, threads=trial.cores, reclaimable=used)

    def begin(self, trial: Trial) -> None:
        """The trial has its cores."""
        if not self._begun[trial].done():  # else it was cancelled concurrently
            self._begun[trial].set_result(None)

    def _end(self, trial: Trial) -> None:
        del self._begun[trial]
        self._scheduler.end_trial(trial)
        self._pump()
