"""The engine on llama-cli processes: carries out what the scheduler decides, and runs each answer in its own task."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from enum import Enum

from .config import EngineConfig
from .cores import available_cores, team_size
from .exceptions import EngineStopping, QueueTimeout
from .fleet import Fleet
from .gguf import ModelFile, read_model_file
from .planner import Planner, off_loop
from .probe import prove
from .process import Command
from .prompt_cache import PromptCache
from .scheduler import Scheduler
from .serving import Job, Serving
from .slots import Grant, Limits, Retire, Ticket, Warm
from .status import PoolStatus, pool_status
from .types import Event, GenerationRequest, Message, Queued

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

    Lives on one event loop.
    """

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self.state = PoolState.STOPPED
        self._jobs: dict[Ticket, Job] = {}
        self._tasks: dict[Job, asyncio.Task[None]] = {}
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the model, prove that binary and model work together, and begin to launch standbys.

        Raises ModelFileError or LaunchError, and is stopped then.
        """
        self.state = PoolState.LOADING
        try:
            await self._load()
        except BaseException:
            self.state = PoolState.STOPPED
            raise
        self.state = PoolState.RUNNING
        self._ticker = asyncio.create_task(self._tick())
        self._pump()

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
        if self.state is not PoolState.RUNNING:
            raise EngineStopping(f"The engine is {self.state.value} and takes no requests. Try again later.")
        plan = await off_loop(request, self.planner.plan, request)
        ticket = Ticket(request.owner, plan.profile, plan.conversation, plan.first)
        job = Job(plan, ticket, asyncio.get_running_loop().create_future(), time.monotonic())
        if displaced := self.scheduler.submit(ticket):
            self._jobs[displaced].granted.set_exception(self.scheduler.full())
        self._jobs[ticket] = job
        task = self._tasks[job] = asyncio.create_task(self._run(job))
        task.add_done_callback(lambda _: self._leave(job))  # one that is cancelled before its first step never runs
        try:
            self._pump()
            async with aclosing(job.channel.events()) as events:
                async for event in events:
                    yield event
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def drain(self, seconds: float) -> None:
        """Refuse new requests, let running answers finish, and end those that do not within `seconds`.

        Called again, with fewer seconds, it hurries a drain that is under way.
        """
        if self.state not in (PoolState.RUNNING, PoolState.DRAINING):
            return
        self.state = PoolState.DRAINING
        for job in self._jobs.values():
            if not job.granted.done():
                job.granted.set_exception(_stopping())
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    async def stop(self) -> None:
        """End everything; see `drain` for what goes first."""
        await self.drain(0)
        if self.state is not PoolState.DRAINING:
            return
        if self._ticker:
            self._ticker.cancel()
        await self.fleet.stop()
        self.state = PoolState.STOPPED

    @property
    def idle(self) -> bool:
        """Whether nothing computes, and nothing is left to be launched ahead."""
        return not self.scheduler.leases.held and not self.scheduler.lacks_anything

    def status(self) -> PoolStatus:
        """Every process, the queue and the leases; once it has been started."""
        now = time.monotonic()
        return pool_status(
            self.scheduler,
            self.fleet,
            state=self.state.value,
            failure=self.failure,
            waited=lambda ticket: now - self._jobs[ticket].queued_at,
        )

    async def _load(self) -> None:
        config = self.config
        self.model: ModelFile = await asyncio.to_thread(read_model_file, config.model)
        cores = available_cores()
        self.team = team_size(config.max_threads, config.model_instances, cores)
        self.planner = Planner(self.model, config.chat_template, self.team)
        ends = self.model.control_tokens | self.model.end_tokens
        extra = config.extra_arguments
        if pre := self.model.missing_pre:
            extra = ("--override-kv", f"tokenizer.ggml.pre=str:{pre}", *extra)
        if shutil.which("setpriv") is None:
            log.warning("setpriv is missing, so that processes may outlive a killed server. Install util-linux.")
        command = Command(
            llama_cli=config.llama_cli,
            model=config.model,
            extra_arguments=extra,
            control_tokens=frozenset(token.encode() for token in ends),
            timeouts=config.timeouts,
        )
        likely = self.planner.plan(self._likely_request())
        proof = await prove(command, likely)
        if proof.adds_bos != self.model.adds_bos:  # the binary is right: LLAMA_ARGS can change what the file says
            self.model = replace(self.model, adds_bos=proof.adds_bos)
            self.planner = Planner(self.model, config.chat_template, self.team)
            likely = self.planner.plan(self._likely_request())
        limits = Limits(
            cores=cores,
            places=min(config.model_instances, cores // self.team),
            team=self.team,
            standbys=config.standby_instances,
            residents=proof.residents if config.resident_instances is None else config.resident_instances,
            queue=config.max_queue,
            owner_share=config.owner_share,
            resident_idle=config.resident_idle,
        )
        cache = PromptCache(config.cache_folder, config.llama_cli, config.model, extra, sorted(ends))
        self.scheduler = Scheduler(limits, likely.profile)
        self.fleet = Fleet(command, cache, self.scheduler, self._pump)
        self.serving = Serving(self.planner, self.scheduler, self.fleet, self._pump)

    def _likely_request(self) -> GenerationRequest:
        config = self.config
        system = (Message("system", config.system_prompt),) if config.system_prompt else ()
        request = GenerationRequest(
            messages=(*system, Message("user", "Hello")),
            sampling=replace(config.sampling, seed=None),
            context_size=min(config.context_size, self.model.context_length),
        )
        return replace(request, messages=(), prompt="Hello") if self.planner.template_error else request

    async def _run(self, job: Job) -> None:
        """A job from the queue to its last event. However it ends, its place is free before that event is told."""
        try:
            try:
                await self._wait_for_grant(job)
                finished = await self.serving.answer(job)
            finally:
                self._leave(job)
        except asyncio.CancelledError:
            job.channel.close(_stopping())
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
            self.scheduler.withdraw(job.ticket)
        else:
            self.scheduler.finish(job.ticket, time.monotonic(), job.holds, whole=job.whole)
        self._pump()

    async def _wait_for_grant(self, job: Job) -> None:
        limit = self.config.queue_timeout
        try:
            async with asyncio.timeout(limit):
                await asyncio.shield(job.granted)
        except TimeoutError:
            if job.ticket.granted_at is not None:
                return  # in the same moment
            ahead = self.scheduler.waiting().index(job.ticket)
            raise QueueTimeout(
                f"No place became free within {limit:g} s, with {ahead} requests still ahead. Try again later.",
                self.scheduler.estimate(ahead + 1) or 1.0,
            ) from None

    def _pump(self) -> None:
        """Carry out what can be done now."""
        if self.state not in (PoolState.RUNNING, PoolState.DRAINING):
            return
        now = time.monotonic()
        warm = self.state is PoolState.RUNNING and now >= self.fleet.deaths.retry_at
        for action in self.scheduler.decide(now, warm=warm):
            match action:
                case Grant(ticket):
                    if not (granted := self._jobs[ticket].granted).done():
                        granted.set_result(None)
                case Warm(slot):
                    self.fleet.warm(slot)
                case Retire(slot):
                    self.fleet.retire(slot)
        for position, ticket in enumerate(self.scheduler.waiting(), 1):
            job = self._jobs[ticket]
            if job.position != position:
                job.position = position
                job.channel.put(Queued(position, self.scheduler.estimate(position)))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                self._pump()
            except Exception:  # the ticks must go on: without them nothing is tried again
                log.exception("The pool could not carry out its decisions.")


def _stopping() -> EngineStopping:
    return EngineStopping("The server is shutting down. Try again later.")
