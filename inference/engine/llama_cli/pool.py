"""The engine on llama-cli processes: carries out what the scheduler decides, and runs each answer in its own task."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from enum import Enum

from inference.engine.config import EngineConfig
from inference.engine.errors import EngineStopping, NoSuchProcess
from inference.engine.gguf.header import ModelFile
from inference.engine.llama_cli.process.process import Command
from inference.engine.llama_cli.scheduling.cores import team_size
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Begin, Grant, Retire, Role, Trial, Warm
from inference.engine.types import Event, EventKind, GenerationRequest, OnEvent
from inference.machine.cores import available_cores
from inference.machine.memory import private_memory

from .fleet import Fleet
from .jobs import Jobs, stopping
from .planner import Plan, off_loop
from .probe import Proof, prove
from .runtime import limits, load
from .serving import Serving
from .status import PoolStatus, pool_status

log = logging.getLogger(__name__)

TICK = 1.0  # seconds between looks at what only time changes: idle residents, a back-off that is over


class PoolState(Enum):
    """`Pool.start` and `Pool.stop` alone move it on."""

    STOPPED = "stopped"
    LOADING = "loading"  # reads the model, and has a throw-away process prove binary and model
    RUNNING = "running"
    DRAINING = "draining"  # running answers finish, new ones are refused


class Pool:
    """Keeps llama-cli processes warm and gives each request the one with the most of its transcript in it.

    Lives on one event loop. `on_event` is told of starts, deaths of processes and changes, with nobody's text.
    """

    def __init__(self, config: EngineConfig, on_event: OnEvent | None = None) -> None:
        self.config = config
        self.state = PoolState.STOPPED
        self._on_event = on_event
        self._trial: Trial | None = None
        self._begun: asyncio.Future[None]  # the trial has its cores
        self._changing = asyncio.Lock()
        self._change: asyncio.Task[None] | None = None
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the model, prove that binary and model work together, and begin to launch standbys.

        Raises ModelFileError or LaunchError, and is stopped then.
        """
        self.state = PoolState.LOADING
        if shutil.which("setpriv") is None:
            log.warning("setpriv is missing, so that processes may outlive a killed server. Install util-linux.")
        self.cores = available_cores()
        team = team_size(self.config.max_threads, self.config.model_instances, self.cores)
        try:
            self.loaded = await load(self.config, team, prove)
        except BaseException:
            self.state = PoolState.STOPPED
            raise
        self.scheduler = Scheduler(limits(self.config, self.loaded, self.cores, team), self.loaded.likely)
        self.fleet = Fleet(self.loaded, self.scheduler, self._pump, lambda reason: self._tell("death", reason))
        self.serving = Serving(self.scheduler, self.fleet, lambda: self.loaded, self._pump)
        self.jobs = Jobs(self.scheduler, self.serving, self.config.queue_timeout, self._pump)
        self.state = PoolState.RUNNING
        self._tell("start", f"{self.model.path.name}, answers at once: {self.places}, threads for each: {self.team}")
        self._ticker = asyncio.create_task(self._tick())
        self._pump()

    @property
    def model(self) -> ModelFile:
        """The model that new requests are answered with; once it has been started, as the next two."""
        return self.loaded.model

    @property
    def team(self) -> int:
        """Threads of each process."""
        return self.scheduler.limits.team

    @property
    def places(self) -> int:
        """Answers at once."""
        return self.scheduler.limits.places

    @property
    def failure(self) -> str:
        """What is broken, where processes die one after the other without a request's doing; else empty."""
        deaths = self.fleet.deaths
        if not deaths.failed:
            return ""
        return f"Engine processes keep dying, {deaths.count} so far. The last one: {deaths.reason}"

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """The events of one generation; closing the iterator anywhere cancels it and frees its place.

        Raises an EngineError where there is no answer, or after the text that came where there is no more of it.
        """
        self._check_running()
        loaded = self.loaded
        plan = await off_loop(request, loaded.planner.plan, request)
        while loaded is not self.loaded:  # changed while it was planned
            before, loaded = loaded, self.loaded
            request = loaded.adapt(request, before)
            plan = await off_loop(request, loaded.planner.plan, request)
        self._check_running()
        job, task = self.jobs.begin(plan, loaded)
        try:
            self._pump()
            async with aclosing(job.channel.events()) as events:
                async for event in events:
                    yield event
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def reconfigure(self, config: EngineConfig) -> None:
        """Go by another configuration from now on, and drop nothing; returns once it is in force.

        Running answers finish on the processes that they have. Requests that wait keep their places, and are answered
        by the new configuration; one that asked for a context which the new model does not have is told so. Processes
        that are of no use any more are replaced while nobody waits. A binary, model or arguments that are new are
        proved first, at the next free place. Raises ModelFileError or LaunchError where they do not work: then, or
        when it is cancelled, all stays as it was. A second change waits for the first.
        """
        async with self._changing:
            self._check_running()
            change = self._change = asyncio.create_task(self._reconfigure(config))
            try:
                await asyncio.wait([change])
            finally:
                change.cancel()
                await asyncio.wait([change])
                self._change = None
            if change.cancelled():
                raise stopping()
            change.result()

    @property
    def paused(self) -> bool:
        """Whether no more answers are begun."""
        return self.scheduler.paused

    def pause(self) -> None:
        """Begin no more answers. Running ones finish; requests wait, for as long as they may."""
        self._set_paused(True)

    def resume(self) -> None:
        """Begin answers again."""
        self._set_paused(False)

    async def retire(self, pid: int) -> bool:
        """End a process, and replace it: a standby by another, one that holds a conversation by a replay of that.

        One that answers ends after its answer: False then. Raises NoSuchProcess.
        """
        self._check_running()
        found = [slot for slot, process in self.fleet.processes.items() if process.pid == pid]
        if not found or found[0].role is Role.RETIRED:
            raise NoSuchProcess(f"The engine has no process {pid}. It may have ended meanwhile; reload the list.")
        [slot] = found
        role, conversation = slot.role.value, slot.conversation
        at_once = self.scheduler.retire(slot)
        self._tell("change", f"Process {pid} ({role}) is retired{'' if at_once else ' after its answer'}.")
        self._pump()
        if at_once and conversation:
            await self.serving.replay([conversation])
            self._pump()
        return at_once

    async def drain(self, seconds: float) -> None:
        """Refuse new requests, let running answers finish, and end those that do not within `seconds`.

        Called again, with fewer seconds, it hurries a drain that is under way.
        """
        if self.state not in (PoolState.RUNNING, PoolState.DRAINING):
            return
        self.state = PoolState.DRAINING
        if self._change:  # its proof takes cores from the answers that are to finish
            self._change.cancel()
        await self.jobs.drain(seconds)

    async def stop(self) -> None:
        """End everything; see `drain` for what goes first."""
        await self.drain(0)
        if self.state is not PoolState.DRAINING:
            return
        if self._ticker:
            self._ticker.cancel()
        if self._change:
            await asyncio.wait([self._change])
        await self.fleet.stop()
        self.state = PoolState.STOPPED

    @property
    def idle(self) -> bool:
        """Whether nothing computes, and nothing is left to be launched ahead."""
        return not self.scheduler.leases.held and not self.scheduler.lacks_anything

    def status(self) -> PoolStatus:
        """Every process, the queue and the leases; once it has been started."""
        return pool_status(
            self.scheduler,
            self.fleet,
            self.loaded,
            state=self.state.value,
            failure=self.failure,
            changing=self._changing.locked(),
            waited=self.jobs.waited,
        )

    async def _reconfigure(self, config: EngineConfig) -> None:
        before, team = self.loaded, team_size(config.max_threads, config.model_instances, self.cores)
        try:
            loaded = await load(config, team, self._prove, before)
            plans = await self.jobs.planned_anew(loaded)
            # Nothing is awaited from here until all of it is in force.
            changes, self.config, self.loaded = config.changes(self.config), config, loaded
            self.jobs.take(plans, loaded, config.queue_timeout)
            lost = self.scheduler.reconfigure(limits(config, loaded, self.cores, team), loaded.likely)
            self.fleet.adopt(loaded)
        finally:
            self._end_trial()
        if loaded.engine != before.engine:
            self.fleet.deaths.forgive()
        self._tell("change", f"Configuration {loaded.revision} is in force. {changes}")
        self._pump()
        await self.serving.replay(lost)
        self._pump()

    async def _prove(self, command: Command, plan: Plan) -> Proof:
        """A proof beside the answers that run: it takes the next cores that become free, before any request.

        It keeps them until the change is made, so that they are granted by the new configuration.
        """
        trial = self._trial = Trial(min(self.team, plan.profile.threads))
        self._begun = asyncio.get_running_loop().create_future()
        self.scheduler.reserve(trial)
        self._pump()
        await self._begun
        used = sum(private_memory(process.pid) for process in self.fleet.processes.values() if process.pid)
        return await prove(command, plan, threads=trial.cores, reclaimable=used)

    def _end_trial(self) -> None:
        if self._trial:
            self.scheduler.end(self._trial)
            self._trial = None
            self._pump()

    def _pump(self) -> None:
        """Carry out what can be done now."""
        if self.state not in (PoolState.RUNNING, PoolState.DRAINING):
            return
        now = time.monotonic()
        warm = self.state is PoolState.RUNNING and now >= self.fleet.deaths.retry_at
        for action in self.scheduler.decide(now, warm=warm):
            match action:
                case Grant(ticket):
                    self.jobs.granted(ticket)
                case Warm(slot):
                    self.fleet.warm(slot)
                case Retire(slot):
                    self.fleet.retire(slot)
                case Begin() if not self._begun.done():  # else it was given up in this moment
                    self._begun.set_result(None)
        self.jobs.tell_positions()

    def _check_running(self) -> None:
        if self.state is not PoolState.RUNNING:
            raise EngineStopping(f"The engine is {self.state.value} and takes no requests. Try again later.")

    def _set_paused(self, paused: bool) -> None:
        self._check_running()
        if paused is not self.scheduler.paused:
            self.scheduler.paused = paused
            self._tell("change", "Paused: no more answers are begun." if paused else "Resumed.")
            self._pump()

    def _tell(self, kind: EventKind, detail: str) -> None:
        if self._on_event:
            try:
                self._on_event(kind, detail)
            except Exception:  # who listens must not break what he listens to
                log.exception("An event of the engine was not taken: %s", detail)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                self._pump()
            except Exception:  # the ticks must go on: without them nothing is tried again
                log.exception("The pool could not carry out its decisions.")
