"""A granted ticket's answer: by the process that it got, and once more by another if that one dies before it speaks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from inference.engine.errors import (
    EngineCrashed,
    EngineError,
    EngineTimeout,
    EngineUnavailable,
    LaunchError,
    PromptTooLong,
)
from inference.engine.llama_cli.process.answer import Answer
from inference.engine.llama_cli.process.process import Process
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Ticket
from inference.engine.types import Finished, FinishReason, GenerationRequest, Text

from .channel import Channel
from .fleet import Fleet
from .planner import Plan, answered, conversation_key, off_loop
from .runtime import Loaded

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """A request at work. `granted` is done when its ticket has a slot, or failed. Times are monotonic seconds.

    `loaded`: what it was planned for.
    """

    plan: Plan
    loaded: Loaded
    ticket: Ticket
    granted: asyncio.Future[None]
    queued_at: float
    channel: Channel = field(default_factory=Channel)
    position: int = 0  # in the queue, as told last
    patience: asyncio.Timeout | None = None  # of its wait for the grant
    started: bool = False
    text: str = ""
    whole: bool = False  # its answer came to an end of its own
    holds: str | None = None  # key of the transcript that its process holds at the end


class Serving:
    """Answers for one pool.

    `current`: what is in force now. `changed` is called when the scheduler has something new to decide.
    """

    def __init__(
        self, scheduler: Scheduler, fleet: Fleet, current: Callable[[], Loaded], changed: Callable[[], None]
    ) -> None:
        self._scheduler = scheduler
        self._fleet = fleet
        self._current = current
        self._changed = changed
        self._transcripts: dict[str, _Transcript] = {}  # that processes hold, or are to hold, by their keys

    async def answer(self, job: Job) -> Finished:
        """The answer, on the slot that was granted; once more on another one if the process dies before it speaks."""
        try:
            process, answer = await self._attempt(job)
        except _Unspoken as death:
            self._fleet.lost(f"A request was tried once more. {death.__cause__}", by_request=True)
            self._scheduler.relaunch(job.ticket, time.monotonic())
            self._changed()
            try:
                process, answer = await self._attempt(job)
            except _Unspoken as second:
                log.warning("A request was given up after two processes: %s", second.__cause__)
                if isinstance(second.__cause__, LaunchError):  # before it had read anything of the request
                    self._fleet.lost(str(second.__cause__))
                    raise EngineUnavailable(str(second.__cause__)) from second
                self._fleet.lost(f"A request was given up. {second.__cause__}", by_request=True)
                raise EngineCrashed(
                    "The engine died twice over this request before it said anything. Nothing else was affected."
                ) from death.__cause__
        reason = answer.reason or FinishReason.ERROR
        job.whole = True
        if job.plan.keep:
            if await process.settled():
                job.holds = job.plan.conversation_after(job.text, reason)
            leaving = job.ticket.slot and job.ticket.slot.leaving
            if job.holds is None or reason is FinishReason.LENGTH or leaving:  # it cannot take the next question
                await self._replay(_Transcript(job.plan.request, job.text, job.loaded))
        sampling = process.profile.sampling
        timings = answer.timings(queued_at=job.queued_at, granted_at=job.ticket.granted_at or job.queued_at)
        return Finished(
            reason,
            answer.usage,
            timings,
            seed=sampling.seed or 0,
            threads=process.profile.threads,
            pid=process.pid or 0,
            model=job.loaded.model.name,
        )

    def remember(self, job: Job) -> None:
        """What the processes hold after this job, for the case that a change of the configuration ends them."""
        if job.whole and job.plan.keep:
            key = conversation_key(job.plan.request.owner, answered(job.plan.request, job.text))
            self._transcripts[key] = _Transcript(job.plan.request, job.text, job.loaded)
        there = self._scheduler.conversations
        self._transcripts = {key: value for key, value in self._transcripts.items() if key in there}

    async def replay(self, conversations: Sequence[str]) -> None:
        """Have processes as they are launched now hold these conversations, where it is known what was said."""
        known = [self._transcripts[key] for key in conversations if key in self._transcripts]
        for transcript in known:
            await self._replay(transcript)

    async def _replay(self, transcript: _Transcript) -> None:
        loaded = self._current()
        try:
            request = loaded.adapt(transcript.request, transcript.loaded)
        except EngineError:
            return  # the next question will be told
        replay = await off_loop(request, loaded.planner.replay, request, transcript.text)
        if replay:
            self._scheduler.replay(*replay)

    async def _attempt(self, job: Job) -> tuple[Process, Answer]:
        """One process's answer. Raises _Unspoken where the process died before its first token."""
        plan, ticket = job.plan, job.ticket
        answer = None
        try:
            try:
                process = await self._fleet.process(ticket)
            except PromptTooLong:  # counted without the line, which was not sent yet
                await self._fleet.measure(job.loaded.planner.full_prompt_profile(plan))
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
                        job.channel.put(event)
                    elif not job.started:  # a second try is nobody's business
                        job.started = True
                        job.channel.put(replace(event, model=job.loaded.model.name))
        except EngineTimeout as error:
            self._fleet.lost(str(error), by_request=True)
            raise
        except (LaunchError, EngineCrashed) as error:
            if answer and answer.sampling:
                self._fleet.lost(str(error), by_request=True)
                raise
            raise _Unspoken from error
        return process, answer


@dataclass(frozen=True, slots=True)
class _Transcript:
    """A conversation up to the end of an answer; `request` was made for `loaded`."""

    request: GenerationRequest
    text: str
    loaded: Loaded


class _Unspoken(Exception):
    """A process died before the first token, so that the request can be tried again."""
