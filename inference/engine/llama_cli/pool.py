"""The running pool: the one owner of the state of requests and processes.

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
from inference.engine.status import EngineHealth, EngineStatus
from inference.engine.types import EngineEventKind, Finished, FinishReason

from .models.files import replacement_error
from .models.runtime import ModelRuntime, load_runtime, own_config, scheduler_limits
from .models.trials import Trials
from .planner import Plan
from .process.answer import Answer
from .process.process import Process
from .requests.answering import CrashedBeforeFirstToken, attempt, finished, held_conversation
from .requests.request import Request, apply_plans, replan
from .requests.transcripts import Transcript, Transcripts, replay
from .scheduling import refusals
from .scheduling.crashes import Crashes
from .scheduling.leases import team_size
from .scheduling.scheduler import Scheduler
from .scheduling.slots import BeginTrial, Grant, Prelaunch, Retire, Role, Slot, Ticket
from .status import pool_health, pool_status, worker_name
from .workers import Workers

log = logging.getLogger(__name__)

Notify = Callable[[EngineEventKind, str], None]


class Pool:
    """A running pool; complete from its construction to `stop`. `cores`: of the machine. `notify`: see OnEngineEvent.

    `draining`: queued and new requests are refused. `refused_files`: why files that were replaced cannot be used.
    """

    def __init__(self, config: EngineConfig, runtime: ModelRuntime, cores: int, notify: Notify) -> None:
        team = team_size(config.max_threads, config.model_instances, cores)
        self.config = config
        self.runtime = runtime
        self.draining = False
        self.refused_files = ""
        self._cores = cores
        self._notify = notify
        self._stopped = False
        self._crashes = Crashes(own_config(config).crash_delay)
        self._scheduler = Scheduler(scheduler_limits(config, runtime, cores, team), runtime.default_profile)
        self._workers = Workers(runtime, self)
        self._requests: dict[Ticket, Request] = {}
        self._tasks: dict[Request, asyncio.Task[None]] = {}
        self._transcripts = Transcripts()
        self._trials = Trials(self._scheduler, self._workers, self.pump)
        self.pump()

    def submit(self, plan: Plan, runtime: ModelRuntime) -> tuple[Request, asyncio.Task[None]]:
        """Queue a request and serve it; cancel the task to cancel it. Raise EngineBusy or EngineUnavailable."""
        if self.refused_files:
            raise errors.EngineUnavailable(self.refused_files)
        ticket = Ticket(plan.request.caller, plan.profile, plan.conversation, plan.first)
        if displaced := self._scheduler.submit(ticket):
            waiting = len(self._scheduler.waiting())
            self._requests[displaced].refuse(refusals.queue_full(waiting, self._scheduler.estimate(waiting + 1)))
        request = self._requests[ticket] = Request(plan, runtime, ticket)
        task = self._tasks[request] = asyncio.create_task(self._serve(request))
        task.add_done_callback(lambda _: self._leave(request))  # a task cancelled before its first step runs nothing
        self.pump()
        return request, task

    async def _serve(self, request: Request) -> None:
        """Take a request from the queue to its last event. Its place is free before that event is passed on."""
        try:
            try:
                await self._wait_for_grant(request)
                ending = await self._answer(request)
            finally:
                self._leave(request)
        except asyncio.CancelledError:
            request.end(refusals.stopping())
            raise
        except Exception as error:  # any failure must reach the caller
            request.end(error)
        else:
            request.end(ending)

    async def _wait_for_grant(self, request: Request) -> None:
        try:
            await request.wait_for_grant(self.config.queue_timeout)
        except TimeoutError:
            ahead = self._scheduler.waiting().index(request.ticket)
            estimate, paused = self._scheduler.estimate(ahead + 1), self._scheduler.paused
            raise refusals.queue_timeout(self.config.queue_timeout, ahead, estimate, paused=paused) from None

    async def _answer(self, request: Request) -> Finished:
        """Answer on the slot that was granted; retry once on another one after a crash before the first token."""
        try:
            process, answer = await attempt(request, self._workers)
        except CrashedBeforeFirstToken as crash:
            log.warning("A request is retried after its process failed: %s", crash.__cause__)
            self._record_crash(f"A request was retried. {crash.__cause__}", during_request=True)
            self._scheduler.relaunch(request.ticket, time.monotonic())
            self.pump()
            try:
                process, answer = await attempt(request, self._workers)
            except CrashedBeforeFirstToken as second:
                log.warning("A request failed on two processes: %s", second.__cause__)
                self._record_crash(str(second.__cause__), during_request=not second.at_launch)
                raise second.final_error() from second.__cause__
        except (errors.EngineCrashed, errors.EngineTimeout) as error:
            log.warning("A process failed during an answer: %s", error)
            self._record_crash(str(error), during_request=True)
            raise
        if request.runtime.files.overwritten():
            raise replacement_error(request.runtime.files.replaced())
        request.complete = True
        if request.plan.keep:
            await self._keep_conversation(request, process, answer)
        return finished(request, process, answer)

    async def _keep_conversation(self, request: Request, process: Process, answer: Answer) -> None:
        """Have the process hold the conversation, or plan a replay if it cannot take the next question."""
        reason = answer.reason or FinishReason.ERROR
        if await process.settled():
            request.holds = await held_conversation(request, answer)
        leaving = request.ticket.slot and request.ticket.slot.leaving
        if request.holds is None or reason is FinishReason.LENGTH or leaving:
            await replay(self._scheduler, [Transcript.of(request)], self.runtime)

    def _leave(self, request: Request) -> None:
        """Take a request off the queue or off its slot; once."""
        if self._requests.pop(request.ticket, None) is None:
            return
        del self._tasks[request]
        if request.ticket.granted_at is None:
            self._scheduler.withdraw(request.ticket)
        else:
            self._scheduler.finish(request.ticket, time.monotonic(), request.holds, complete=request.complete)
            self._transcripts.remember(request)
            self._transcripts.keep_only(self._scheduler.conversations)
        self.pump()

    # WorkerListener.

    def worker_ready(self) -> None:
        self._crashes.healthy(time.monotonic())

    def worker_prelaunched(self, slot: Slot, error: BaseException | None, *, replay: bool) -> None:
        if error is None:
            self._scheduler.prelaunched(slot, time.monotonic())
        else:
            self._scheduler.crashed(slot, unfit=isinstance(error, errors.PromptTooLong))
        if isinstance(error, errors.LaunchError | errors.EngineCrashed) and not replay:
            log.warning("A prelaunched process did not become ready: %s", error)
            self._record_crash(str(error), during_request=bool(slot.profile.sampling.grammar))
        elif error and not isinstance(error, errors.EngineError | asyncio.CancelledError):
            log.error("A prelaunch failed.", exc_info=error)
        self.pump()

    def worker_exited(self, slot: Slot, ending: str) -> None:
        # A serving or launching process is missed by the task that waits for it.
        if slot.role in (Role.STANDBY, Role.RESIDENT) and not self._stopped:
            log.warning("An idle process crashed (%s).", ending)
            self._record_crash(f"An idle process crashed ({ending}).")
            self._scheduler.crashed(slot)
        self.pump()

    def _record_crash(self, reason: str, *, during_request: bool = False) -> None:
        if during_request:
            self._crashes.add_during_request()
        else:
            self._crashes.add(time.monotonic(), reason)
        self._notify("crash", reason)

    # Files that are replaced while they are in use.

    def refuse_files(self, reason: str) -> None:
        """Answer no requests until the files are restored, or replaced by others."""
        if reason != self.refused_files:
            self._notify("change", reason)
        self.refused_files = reason
        for ticket in self._scheduler.waiting():
            self._requests[ticket].refuse(errors.EngineUnavailable(reason))

    def _check_files(self) -> None:
        """Start nothing while the files are not those of the runtime. End what computes with overwritten weights."""
        replaced = (files := self.runtime.files).replaced()
        self._scheduler.held = bool(replaced)
        if not replaced:
            self.refused_files = ""
        elif files.overwritten():
            for slot in self._scheduler.retire_all(self.runtime.engine):
                self._workers.fail(slot, replacement_error(replaced))

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
            await replay(self._scheduler, self._transcripts.find([conversation]), self.runtime)
            self.pump()
        return at_once

    async def reconfigure(self, config: EngineConfig) -> None:
        """See `Engine.reconfigure`. Cancellation leaves everything as it was."""
        before, team = self.runtime, team_size(config.max_threads, config.model_instances, self._cores)
        with ExitStack() as ends:
            runtime = await load_runtime(config, team, partial(self._trials.prove, ends), before)
            plans = await replan(self._scheduler, self._requests, runtime)
            # Nothing is awaited from here until all of it is in force.
            replaced = " and ".join(before.files.replaced())
            changes = f"{replaced} was replaced." if config == self.config and replaced else config.changes(self.config)
            self.config, self.runtime = config, runtime
            apply_plans(self._scheduler, self._requests, plans, runtime, config.queue_timeout)
            limits = scheduler_limits(config, runtime, self._cores, team)
            lost = self._scheduler.reconfigure(limits, runtime.default_profile)
            self._workers.reconfigure(runtime, self._scheduler.slots)
        if runtime.engine != before.engine:
            self._crashes.forgive()
        self._notify("change", f"Configuration {runtime.revision} is in force. {changes}")
        self.pump()
        await replay(self._scheduler, self._transcripts.find(lost), self.runtime)
        self.pump()

    async def drain(self, seconds: float) -> None:
        """See `Engine.drain`."""
        self.draining = True
        for request in self._requests.values():
            request.refuse(refusals.stopping())
        if tasks := list(self._tasks.values()):
            await asyncio.wait(tasks, timeout=seconds)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def stop(self) -> None:
        """End every process, once `drain` has ended every request."""
        self._stopped = True
        await self._workers.stop()

    def health(self) -> EngineHealth:
        """See `Engine.health`."""
        return pool_health(self._scheduler, self._crashes, self.refused_files, draining=self.draining)

    def status(self, *, changing: bool) -> EngineStatus:
        """See `Engine.status`."""
        return pool_status(
            self._scheduler,
            self._workers,
            self._requests,
            self._crashes,
            self.runtime,
            health=self.health(),
            changing=changing,
        )

    def pump(self) -> None:
        """Carry out what the scheduler decides now. Call it after every report to the scheduler."""
        if self._stopped:
            return
        self._check_files()
        now = time.monotonic()
        prelaunch = not self.draining and now >= self._crashes.retry_at
        for action in self._scheduler.decide(now, prelaunch=prelaunch):
            match action:
                case Grant(ticket):
                    self._requests[ticket].grant()
                case Prelaunch(slot):
                    self._workers.prelaunch(slot)
                case Retire(slot):
                    self._workers.end(slot)
                case BeginTrial(trial):
                    self._trials.begin(trial)
        for position, ticket in enumerate(self._scheduler.waiting(), 1):
            self._requests[ticket].notify_position(position, self._scheduler.estimate(position))
