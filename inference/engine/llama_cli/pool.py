"""The running pool: the one owner of the state of models, requests and processes.

The scheduler decides over plain state. The pool reports to it what happened and carries out its actions. Everything
runs on one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from inference.engine import errors
from inference.engine.config import EngineConfig
from inference.engine.prompts.renderer import Renderers
from inference.engine.status import EngineHealth, EngineStatus
from inference.engine.types import EngineEventKind

from .models.files import replacement_error
from .models.headers import Headers
from .models.loaded import LoadedModels
from .models.loading import own_config
from .models.runtime import ModelRuntime
from .models.trials import Trials
from .requests.asked import Asked, Planned
from .requests.request import Request
from .requests.serving import Requests
from .scheduling.crashes import CrashLog
from .scheduling.leases import MachineCores
from .scheduling.placement import placement, placement_of_slots
from .scheduling.scheduler import Scheduler
from .scheduling.slots import BeginTrial, Grant, Limits, Prelaunch, Retire, Role, Slot
from .status import pool_health, pool_status, worker_name
from .workers import Workers

log = logging.getLogger(__name__)

Notify = Callable[[EngineEventKind, str], None]


class Pool:
    """A running pool; complete from its construction to `stop`. `notify`: see OnEngineEvent.

    `models`: those that are loaded, and the configuration. `revision`: of the configuration, from 1. `draining`: queued
    and new requests are refused. `refused_files`: why files that were replaced cannot be used.
    """

    def __init__(
        self,
        config: EngineConfig,
        default: ModelRuntime,
        cores: MachineCores,
        notify: Notify,
        renderers: Renderers,
        headers: Headers,
    ) -> None:
        team = cores.team(config.max_threads, config.model_instances)
        self.models = LoadedModels(config, team, default, renderers, headers, self)
        self.revision = 1
        self.draining = False
        self.refused_files = ""
        self._cores = cores
        self._notify = notify
        self._stopped = False
        self._crashes = CrashLog(own_config(config).crash_delay)
        self._scheduler = Scheduler(self._limits(), default.default_profile)
        self._workers = Workers(default, self, cores.numbers)
        self._requests = Requests(
            self._scheduler, self._workers, self.models, pump=self.pump, record_crash=self._record_crash
        )
        self._trials = Trials(self._scheduler, self._workers, self.pump)
        self.pump()

    def submit(self, asked: Asked, planned: Planned | None) -> tuple[Request, asyncio.Task[None]]:
        """Queue a request and serve it; cancel the task to cancel it. Raise EngineBusy or EngineUnavailable."""
        if self.refused_files:
            raise errors.EngineUnavailable(self.refused_files)
        return self._requests.submit(asked, planned)

    # WorkerListener.

    def worker_ready(self, slot: Slot) -> None:
        self._crashes.of(slot.profile.engine).healthy(time.monotonic())

    def worker_prelaunched(self, slot: Slot, error: BaseException | None, *, replay: bool) -> None:
        if error is None:
            self._scheduler.prelaunched(slot, time.monotonic())
        else:
            self._scheduler.crashed(slot, unfit=isinstance(error, errors.PromptTooLong))
        if isinstance(error, errors.LaunchError | errors.EngineCrashed) and not replay:
            log.warning("A prelaunched process did not become ready: %s", error)
            self._record_crash(slot.profile.engine, str(error), bool(slot.profile.sampling.grammar))
        elif error and not isinstance(error, errors.EngineError | asyncio.CancelledError):
            log.error("A prelaunch failed.", exc_info=error)
        self.pump()

    def worker_exited(self, slot: Slot, ending: str) -> None:
        # A serving or launching process is missed by the task that waits for it.
        if slot.role in (Role.STANDBY, Role.RESIDENT) and not self._stopped:
            log.warning("An idle process crashed (%s).", ending)
            self._record_crash(slot.profile.engine, f"An idle process crashed ({ending}).", False)
            self._scheduler.crashed(slot)
        self.pump()

    def _record_crash(self, engine: str, reason: str, during_request: bool) -> None:
        if during_request:
            self._crashes.add_during_request()
        else:
            self._crashes.add(engine, time.monotonic(), reason)
        self._notify("crash", reason)

    # ModelsListener.

    def models_changed(self, what: str) -> None:
        log.info("%s", what)
        self._notify("change", what)
        self._follow_models()
        self.pump()

    def model_failed(self, error: errors.ModelLoadError) -> None:
        self._notify("change", str(error))
        self._requests.refuse(error, error.model)

    def answers_with(self, engine: str) -> bool:
        return engine in self._scheduler.answering

    def answers_with_others(self) -> bool:
        return bool(self._scheduler.answering - {runtime.engine for runtime in self.models.runtimes})

    def _follow_models(self) -> list[str]:
        """Have scheduler and workers follow the models that are loaded. Return the conversations that are lost."""
        default, *others = self.models.runtimes
        lost = self._scheduler.reconfigure(self._limits(), default.default_profile, [each.engine for each in others])
        self._workers.follow(self.models.runtimes, self._scheduler.slots)
        self._crashes.keep_only({runtime.engine for runtime in self.models.runtimes})
        self._requests.forget_plans()
        return lost

    def _limits(self) -> Limits:
        config, team = self.models.config, self.models.team
        own = own_config(config)
        residents = min(runtime.proof.residents for runtime in self.models.runtimes)
        return Limits(
            cores=self._cores.count,
            places=min(config.model_instances, self._cores.count // team.cores),
            team=team.cores,
            standbys=own.standby_instances if config.prelaunch is None else config.prelaunch,
            residents=residents if own.resident_instances is None else own.resident_instances,
            queue=config.max_queue,
            per_caller=config.max_requests_per_caller,
            resident_idle=own.resident_idle,
        )

    # Files that are replaced while they are in use.

    def refuse_files(self, reason: str) -> None:
        """Answer no requests until the files are restored, or replaced by others."""
        if reason != self.refused_files:
            self._notify("change", reason)
        self.refused_files = reason
        self._requests.refuse(errors.EngineUnavailable(reason))

    def _check_files(self) -> None:
        """Start nothing while the default model's files are not those of its runtime; unload other models.

        End what computes with overwritten weights.
        """
        default = self.models.default
        for runtime in tuple(self.models.runtimes):
            replaced = runtime.files.replaced()
            if runtime is default:
                self._scheduler.held = bool(replaced)
                self.refused_files = self.refused_files if replaced else ""
            if replaced and runtime.files.overwritten():
                for slot in self._scheduler.retire_all(runtime.engine):
                    self._workers.fail(slot, replacement_error(replaced))
            if replaced:
                self.models.give_way(runtime, "its file was replaced")

    # Operations.

    def set_paused(self, paused: bool) -> None:
        """Start no further answers, or start them again."""
        if paused is not self._scheduler.paused:
            self._scheduler.paused = paused
            self._notify("change", "Paused: no further answers are started." if paused else "Resumed.")
            self.pump()

    async def retire(self, worker: str) -> bool:
        """See `Engine.retire`. A process that held a conversation is replaced by one that replays it."""
        found = [slot for slot, process in self._workers.processes.items() if worker_name(process) == worker]
        if not found or found[0].role is Role.RETIRED:
            raise errors.NoSuchWorker(f"The engine has no worker {worker}. It may have ended; reload the list.")
        [slot] = found
        role, conversation = slot.role.value, slot.conversation
        at_once = self._scheduler.retire(slot)
        self._notify("change", f"Worker {worker} ({role}) is retired{'' if at_once else ' after its answer'}.")
        self.pump()
        if at_once and conversation:
            await self._requests.replay([conversation])
        return at_once

    async def reconfigure(self, config: EngineConfig) -> None:
        """See `Engine.reconfigure`. Cancellation leaves everything as it was."""
        models, team = self.models, self._cores.team(config.max_threads, config.model_instances)
        before = models.config
        with ExitStack() as ends:
            kept = await models.prepare(config, team, partial(self._trials.prove, ends))
            plans = await self._requests.plan_again(config, kept)
            # Nothing is awaited from here until all of it is in force.
            replaced = " and ".join(models.default.files.replaced())
            changes = f"{replaced} was replaced." if config == before and replaced else config.changes(before)
            models.replace(config, team, kept)
            self._requests.apply(plans)
            lost = self._follow_models()
            self.revision += 1
        self._notify("change", f"Configuration {self.revision} is in force. {changes}")
        self.pump()
        await self._requests.replay(lost)

    async def drain(self, seconds: float) -> None:
        """See `Engine.drain`."""
        self.draining = True
        await self._requests.drain(seconds)

    async def stop(self) -> None:
        """End every process, once `drain` has ended every request."""
        self._stopped = True
        await self._workers.stop()
        await self.models.close()

    def health(self) -> EngineHealth:
        """See `Engine.health`."""
        crashes = self._crashes.of(self.models.default.engine)
        return pool_health(self._scheduler, crashes, self.refused_files, draining=self.draining)

    def status(self, *, changing: bool) -> EngineStatus:
        """See `Engine.status`."""
        return pool_status(
            self._scheduler,
            self._workers,
            self._requests.by_ticket,
            self._crashes,
            model=self.models.default.served.id,
            threads=self.models.default.default_profile.threads,
            revision=self.revision,
            health=self.health(),
            changing=changing,
        )

    def pump(self) -> None:
        """Carry out what the scheduler decides now. Call it after every report to the scheduler."""
        if self._stopped:
            return
        self._check_files()
        now = time.monotonic()
        for action in self._scheduler.decide(now, prelaunch=not self.draining, held_back=self._crashes.held_back(now)):
            match action:
                case Grant(ticket):
                    self._requests.by_ticket[ticket].grant()
                case Prelaunch(slot):
                    self._workers.prelaunch(slot)
                case Retire(slot):
                    self._workers.end(slot)
                case BeginTrial(trial):
                    self._trials.begin(trial)
        self._workers.place(placement_of_slots(placement(self._scheduler.leases, self._scheduler.serving)))
        for position, ticket in enumerate(self._scheduler.waiting(), 1):
            self._requests.by_ticket[ticket].notify_position(position, self._scheduler.estimate(position))
