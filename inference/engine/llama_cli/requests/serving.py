"""The requests in the pool, each served by a task of its own from the queue to its last event."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from inference.engine.config import EngineConfig
from inference.engine.errors import EngineCrashed, EngineError, EngineTimeout
from inference.engine.llama_cli.models.files import replacement_error
from inference.engine.llama_cli.models.loaded import LoadedModels
from inference.engine.llama_cli.models.runtime import ModelRuntime
from inference.engine.llama_cli.process.answer import Answer
from inference.engine.llama_cli.process.process import Process
from inference.engine.llama_cli.scheduling import refusals
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Ticket
from inference.engine.llama_cli.workers import Workers
from inference.engine.types import Finished, FinishReason

from .answering import CrashedBeforeFirstToken, attempt, finished, held_conversation
from .asked import Asked, Planned
from .request import Request
from .transcripts import Transcript, Transcripts, replay

log = logging.getLogger(__name__)


Plans = dict[Ticket, Planned | EngineError | None]


class Requests:
    """Queues requests and serves them. `pump`: has the pool carry out what the scheduler decides.

    `record_crash`: takes engine digest and reason, and whether a request may have been the cause.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        workers: Workers,
        models: LoadedModels,
        *,
        pump: Callable[[], None],
        record_crash: Callable[[str, str, bool], None],
    ) -> None:
        self._scheduler = scheduler
        self._workers = workers
        self._models = models
        self._pump = pump
        self._record_crash = record_crash
        self._requests: dict[Ticket, Request] = {}
        self._tasks: dict[Request, asyncio.Task[None]] = {}
        self._transcripts = Transcripts()

    @property
    def by_ticket(self) -> Mapping[Ticket, Request]:
        """Return the waiting and the granted requests."""
        return MappingProxyType(self._requests)

    def submit(self, asked: Asked, planned: Planned | None) -> tuple[Request, asyncio.Task[None]]:
        """Queue a request and serve it; cancel the task to cancel it. Raise EngineBusy."""
        ticket = Ticket(asked.generation.caller, None)
        if planned:
            plan = planned.plan
            ticket = Ticket(asked.generation.caller, plan.profile, plan.conversation, plan.first)
        if displaced := self._scheduler.submit(ticket):
            waiting = len(self._scheduler.waiting())
            self._requests[displaced].refuse(refusals.queue_full(waiting, self._scheduler.estimate(waiting + 1)))
        request = self._requests[ticket] = Request(asked, planned, ticket)
        task = self._tasks[request] = asyncio.create_task(self._serve(request))
        task.add_done_callback(lambda _: self._leave(request))  # a task cancelled before its first step runs nothing
        self._pump()
        return request, task

    def refuse(self, error: EngineError, model: str | None = None) -> None:
        """Refuse the requests that wait, all of them or those that name a model."""
        for ticket in self._scheduler.waiting():
            request = self._requests[ticket]
            if model in (None, request.asked.model):
                request.refuse(error)

    async def plan_again(self, config: EngineConfig, models: Mapping[str, ModelRuntime]) -> Plans:
        """Plan all requests that wait for another configuration, whose loaded models are given, the default first.

        A request whose model is not loaded is planned once it is. An error says why a request cannot be planned.
        """
        plans: Plans = {}
        while missing := [ticket for ticket in self._scheduler.waiting() if ticket not in plans]:
            for ticket in missing:
                request = self._requests.get(ticket)
                plans[ticket] = await _planned(request.asked, config, models) if request else refusals.stopping()
        return plans

    def apply(self, plans: Plans) -> None:
        """Put plans from `plan_again` in force, with the configuration; refuse requests that cannot be planned."""
        for ticket in self._scheduler.waiting():
            request, planned = self._requests[ticket], plans[ticket]
            if isinstance(planned, EngineError):
                self._scheduler.withdraw(ticket)
                request.refuse(planned)
            else:
                self._replan(ticket, planned)

    def forget_plans(self) -> None:
        """Have the requests that wait for a model which is not loaded any more wait until it is loaded again."""
        for ticket in self._scheduler.waiting():
            planned = self._requests[ticket].planned
            if planned and planned.runtime not in self._models.runtimes:
                self._replan(ticket, None)

    def _replan(self, ticket: Ticket, planned: Planned | None) -> None:
        plan = planned.plan if planned else None
        profile, conversation = (plan.profile, plan.conversation) if plan else (None, None)
        self._scheduler.replan(ticket, profile, conversation, first=plan.first if plan else True)
        self._requests[ticket].replan(planned, self._models.config.queue_timeout)

    async def replay(self, conversations: Iterable[str]) -> None:
        """Plan for processes to hold these conversations, as far as their transcripts are known."""
        await replay(self._scheduler, self._transcripts.find(conversations), self._models)
        self._pump()

    async def drain(self, seconds: float) -> None:
        """Refuse the requests that wait, let the others finish, and end those still running after `seconds`."""
        for request in self._requests.values():
            request.refuse(refusals.stopping())
        if tasks := list(self._tasks.values()):
            await asyncio.wait(tasks, timeout=seconds)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _serve(self, request: Request) -> None:
        """Take a request from the queue to its last event. Its place is free before that event is passed on."""
        try:
            try:
                await self._wait_for_grant(request)
                if request.planned is None:
                    await self._load_model(request)
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
        timeout = self._models.config.queue_timeout
        try:
            await request.wait_for_grant(timeout)
        except TimeoutError:
            timeout = self._models.config.queue_timeout
            ahead = self._scheduler.waiting().index(request.ticket)
            estimate, paused = self._scheduler.estimate(ahead + 1), self._scheduler.paused
            raise refusals.queue_timeout(timeout, ahead, estimate, paused=paused) from None

    async def _load_model(self, request: Request) -> None:
        """Load the model of a granted request in its place and on its cores, then plan it and give it a slot."""
        asked, ticket = request.asked, request.ticket
        cores = len(self._scheduler.leases.held[ticket])
        while True:
            runtime = await self._models.load(asked.model, cores)
            planned = await asked.plan(runtime, None if runtime.movable else cores)
            if runtime is self._models.get(asked.model):  # else it was replaced, or gave way
                break
        plan, request.planned = planned.plan, planned
        self._scheduler.assign(ticket, plan.profile, plan.conversation, first=plan.first, now=time.monotonic())

    async def _answer(self, request: Request) -> Finished:
        """Answer on the slot that was granted; retry once on another one after a crash before the first token."""
        engine = request.runtime.engine
        try:
            process, answer = await attempt(request, self._workers)
        except CrashedBeforeFirstToken as crash:
            log.warning("A request is retried after its process failed: %s", crash.__cause__)
            self._record_crash(engine, f"A request was retried. {crash.__cause__}", True)
            self._scheduler.relaunch(request.ticket, time.monotonic())
            self._pump()
            try:
                process, answer = await attempt(request, self._workers)
            except CrashedBeforeFirstToken as second:
                log.warning("A request failed on two processes: %s", second.__cause__)
                self._record_crash(engine, str(second.__cause__), not second.at_launch)
                raise second.final_error() from second.__cause__
        except (EngineCrashed, EngineTimeout) as error:
            log.warning("A process failed during an answer: %s", error)
            self._record_crash(engine, str(error), True)
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
            await replay(self._scheduler, [Transcript.of(request)], self._models)

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
            if request.planned:
                self._models.used(request.runtime)
        self._pump()


async def _planned(
    asked: Asked, config: EngineConfig, models: Mapping[str, ModelRuntime]
) -> Planned | EngineError | None:
    try:
        runtime = models.get(config.served_model(asked.model).id)
        return await asked.plan(runtime) if runtime else None
    except EngineError as error:
        return error
