"""A granted ticket's answer: by the process that it got, and once more by another if that one dies before it speaks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from .answer import Answer
from .channel import Channel
from .exceptions import EngineCrashed, EngineUnavailable, LaunchError, PromptTooLong
from .fleet import Fleet
from .planner import Plan, Planner, off_loop
from .process import Process
from .scheduler import Scheduler
from .slots import Ticket
from .types import Finished, FinishReason, Started, Text

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """A request at work. `granted` is done when its ticket has a slot, or failed. Times are monotonic seconds."""

    plan: Plan
    ticket: Ticket
    granted: asyncio.Future[None]
    queued_at: float
    channel: Channel = field(default_factory=Channel)
    position: int = 0  # in the queue, as told last
    started: bool = False
    text: str = ""
    whole: bool = False  # its answer came to an end of its own
    holds: str | None = None  # key of the transcript that its process holds at the end


class Serving:
    """Answers for one pool. `changed` is called when the scheduler has something new to decide."""

    def __init__(self, planner: Planner, scheduler: Scheduler, fleet: Fleet, changed: Callable[[], None]) -> None:
        self._planner = planner
        self._scheduler = scheduler
        self._fleet = fleet
        self._changed = changed

    async def answer(self, job: Job) -> Finished:
        """The answer, on the slot that was granted; once more on another one if the process dies before it speaks."""
        try:
            process, answer = await self._attempt(job)
        except _Unspoken as death:
            self._scheduler.relaunch(job.ticket, time.monotonic())
            self._changed()
            try:
                process, answer = await self._attempt(job)
            except _Unspoken as second:
                log.warning("A request was given up after two processes: %s", second.__cause__)
                if isinstance(second.__cause__, LaunchError):  # before it had read anything of the request
                    self._fleet.deaths.add(time.monotonic(), str(second.__cause__))
                    raise EngineUnavailable(str(second.__cause__)) from second
                raise EngineCrashed(
                    "The engine died twice over this request before it said anything. Nothing else was affected."
                ) from death.__cause__
        reason = answer.reason or FinishReason.ERROR
        job.whole = True
        if job.plan.keep:
            if await process.settled():
                job.holds = job.plan.conversation_after(job.text, reason)
            if job.holds is None or reason is FinishReason.LENGTH:  # its process cannot take the next question
                replay = await off_loop(job.plan.request, self._planner.replay, job.plan, job.text)
                if replay:
                    self._scheduler.replay(*replay)
        sampling = process.profile.sampling
        timings = answer.timings(queued_at=job.queued_at, granted_at=job.ticket.granted_at or job.queued_at)
        return Finished(reason, answer.usage, timings, sampling.seed or 0, process.profile.threads, process.pid or 0)

    async def _attempt(self, job: Job) -> tuple[Process, Answer]:
        """One process's answer. Raises _Unspoken where the process died before its first token."""
        plan, ticket = job.plan, job.ticket
        answer = None
        try:
            try:
                process = await self._fleet.process(ticket)
            except PromptTooLong:  # counted without the line, which was not sent yet
                await self._fleet.measure(self._planner.whole(plan))
                raise
            answer = Answer(
                max_tokens=plan.request.max_tokens,
                context_size=min(plan.request.context_size, process.context_size),
                stop=plan.request.stop,
                leading_spaces=plan.prompt.leading_spaces,
                fresh=ticket.fresh,
                carry=process.carry,
            )
            async with aclosing(process.answer(plan.prompt.line, answer, keep=plan.keep)) as events:
                async for event in events:
                    if isinstance(event, Text):
                        job.text += event.text
                    if not isinstance(event, Started) or not job.started:  # a second try is nobody's business
                        job.channel.put(event)
                    job.started = True
        except (LaunchError, EngineCrashed) as error:
            if answer and answer.sampling:
                raise
            raise _Unspoken from error
        return process, answer


class _Unspoken(Exception):
    """A process died before the first token, so that the request can be tried again."""
