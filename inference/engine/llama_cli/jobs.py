"""Requests at work: each in a task of its own, from the queue to its last event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from inference.engine.errors import EngineError, EngineStopping, QueueTimeout
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Ticket
from inference.engine.types import Queued

from .planner import Plan, off_loop
from .runtime import Loaded
from .serving import Job, Serving

NewPlans = dict[Ticket, Plan | EngineError]


class Jobs:
    """The jobs of one pool. `queue_timeout`: seconds. `changed`: called when the scheduler has something to decide."""

    def __init__(
        self, scheduler: Scheduler, serving: Serving, queue_timeout: float, changed: Callable[[], None]
    ) -> None:
        self._scheduler = scheduler
        self._serving = serving
        self._queue_timeout = queue_timeout
        self._changed = changed
        self._jobs: dict[Ticket, Job] = {}
        self._tasks: dict[Job, asyncio.Task[None]] = {}

    def begin(self, plan: Plan, loaded: Loaded) -> tuple[Job, asyncio.Task[None]]:
        """A job in the queue; cancel its task to end it. Raises QueueFull or OwnerBusy."""
        ticket = Ticket(plan.request.owner, plan.profile, plan.conversation, plan.first)
        job = Job(plan, loaded, ticket, asyncio.get_running_loop().create_future(), time.monotonic())
        if displaced := self._scheduler.submit(ticket):
            self._jobs[displaced].granted.set_exception(self._scheduler.full())
        self._jobs[ticket] = job
        task = self._tasks[job] = asyncio.create_task(self._run(job))
        task.add_done_callback(lambda _: self._leave(job))  # one that is cancelled before its first step never runs
        return job, task

    def granted(self, ticket: Ticket) -> None:
        """The ticket has its slot and cores."""
        if not (granted := self._jobs[ticket].granted).done():
            granted.set_result(None)

    def tell_positions(self) -> None:
        """Tell who waits where he stands, if that is new."""
        for position, ticket in enumerate(self._scheduler.waiting(), 1):
            job = self._jobs[ticket]
            if job.position != position:
                job.position = position
                job.channel.put(Queued(position, self._scheduler.estimate(position)))

    def waited(self, ticket: Ticket) -> float:
        """Seconds since it came."""
        return time.monotonic() - self._jobs[ticket].queued_at

    async def planned_anew(self, loaded: Loaded) -> NewPlans:
        """Plans for all that wait, for another engine; or why there is none."""
        plans: NewPlans = {}
        while missing := [ticket for ticket in self._scheduler.waiting() if ticket not in plans]:
            for ticket in missing:
                plans[ticket] = await _planned_anew(self._jobs.get(ticket), loaded)
        return plans

    def take(self, plans: NewPlans, loaded: Loaded, queue_timeout: float) -> None:
        """Let those who wait, wait for this engine, and for so many seconds in all; or tell them why they cannot."""
        self._queue_timeout = queue_timeout
        for ticket in self._scheduler.waiting():
            job, plan = self._jobs[ticket], plans[ticket]
            if isinstance(plan, EngineError):
                self._scheduler.withdraw(ticket)
                job.granted.set_exception(plan)
                continue
            job.plan, job.loaded = plan, loaded
            ticket.profile, ticket.conversation, ticket.first = plan.profile, plan.conversation, plan.first
            if job.patience and not job.patience.expired():
                left = queue_timeout - self.waited(ticket)
                job.patience.reschedule(asyncio.get_running_loop().time() + left)

    async def drain(self, seconds: float) -> None:
        """Refuse those who wait, let running answers finish, and end those that do not within `seconds`."""
        for job in self._jobs.values():
            if not job.granted.done():
                job.granted.set_exception(stopping())
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    async def _run(self, job: Job) -> None:
        """A job from the queue to its last event. However it ends, its place is free before that event is told."""
        try:
            try:
                await self._wait_for_grant(job)
                finished = await self._serving.answer(job)
            finally:
                self._leave(job)
        except asyncio.CancelledError:
            job.channel.close(stopping())
            raise
        except Exception as error:  # whatever it is, who waits for the answer must hear of it
            job.channel.close(error)
        else:
            job.channel.put(finished)
            job.channel.close()

    def _leave(self, job: Job) -> None:
        """Out of the queue, or off the slot; the process stays where the job says what it holds. Once."""
        if self._jobs.pop(job.ticket, None) is None:
            return
        del self._tasks[job]
        if job.ticket.granted_at is None:
            self._scheduler.withdraw(job.ticket)
        else:
            self._scheduler.finish(job.ticket, time.monotonic(), job.holds, whole=job.whole)
            self._serving.remember(job)
        self._changed()

    async def _wait_for_grant(self, job: Job) -> None:
        try:
            async with asyncio.timeout(self._queue_timeout - self.waited(job.ticket)) as job.patience:
                await asyncio.shield(job.granted)
        except TimeoutError:
            if job.ticket.granted_at is not None:
                return  # in the same moment
            ahead = self._scheduler.waiting().index(job.ticket)
            why = "An administrator has paused the engine" if self._scheduler.paused else "No place became free"
            raise QueueTimeout(
                f"{why}. Gave up after {self._queue_timeout:g} s, with {ahead} requests still ahead. Try again later.",
                self._scheduler.estimate(ahead + 1) or 1.0,
            ) from None


async def _planned_anew(job: Job | None, loaded: Loaded) -> Plan | EngineError:
    if job is None:
        return stopping()  # nobody waits any more
    try:
        request = loaded.adapt(job.plan.request, job.loaded)
        return await off_loop(request, loaded.planner.plan, request)
    except EngineError as error:
        return error


def stopping() -> EngineStopping:
    """What everybody is told whom the end of the server concerns."""
    return EngineStopping("The server is shutting down. Try again later.")
