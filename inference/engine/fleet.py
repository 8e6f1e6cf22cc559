"""The processes behind the scheduler's slots: launched, found, watched, ended."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable

from .deaths import Deaths
from .exceptions import EngineCrashed, EngineError, LaunchError
from .process import Command, Process
from .profile import Profile
from .prompt_cache import PromptCache
from .scheduler import Scheduler
from .slots import Role, Slot, Ticket

log = logging.getLogger(__name__)

SEEDS = 2**31  # llama-cli takes 32 bits, the highest of which means "choose one"


class Fleet:
    """Carries out launches and ends for one scheduler, and tells it which processes died.

    `changed` is called whenever the scheduler may have something new to decide.
    """

    def __init__(self, command: Command, cache: PromptCache, scheduler: Scheduler, changed: Callable[[], None]) -> None:
        self.deaths = Deaths()
        self._command = command
        self._cache = cache
        self._scheduler = scheduler
        self._changed = changed
        self._stopping = False
        self._processes: dict[Slot, Process] = {}
        self._launches: dict[Slot, asyncio.Task[Process]] = {}

    @property
    def processes(self) -> dict[Slot, Process]:
        """By slot; those that are being launched too."""
        return dict(self._processes)

    async def process(self, ticket: Ticket) -> Process:
        """The process of a granted ticket, ready: launched for it, or found.

        Raises LaunchError or PromptTooLong as `Process.start`, EngineCrashed where the one that was there has died.
        """
        slot = ticket.slot
        if slot is None:
            raise ValueError("the ticket is not granted")
        if ticket.fresh:
            return await self._launch(slot)
        if launch := self._launches.get(slot):
            return await asyncio.shield(launch)
        process = self._processes.get(slot)
        if process is None or not await process.settled():
            raise EngineCrashed("The process that held this conversation has died.")
        return process

    async def measure(self, profile: Profile) -> None:
        """Launch only to learn that the initial prompt does not fit: raises PromptTooLong with its tokens."""
        process = Process(self._command, profile.with_seed(0))
        try:
            await process.start()
        finally:
            process.kill()
            await process.wait()

    def warm(self, slot: Slot) -> None:
        """Launch the slot's process ahead."""
        replay = slot.conversation is not None
        task = asyncio.create_task(self._warm(slot, replay))
        self._launches[slot] = task
        task.add_done_callback(lambda task: self._warmed(slot, replay, task))

    def retire(self, slot: Slot) -> None:
        """End the slot's process, or its launch."""
        if launch := self._launches.get(slot):
            launch.cancel()
        if process := self._processes.get(slot):
            process.kill()

    async def stop(self) -> None:
        """End every process, and wait until they are gone."""
        self._stopping = True
        for slot in [*self._launches, *self._processes]:
            self.retire(slot)
        while self._launches or self._processes:
            waits = [*self._launches.values(), *(asyncio.create_task(p.wait()) for p in self._processes.values())]
            await asyncio.wait(waits)

    async def _launch(self, slot: Slot) -> Process:
        seed = slot.profile.sampling.seed
        process = Process(
            self._command,
            slot.profile.with_seed(random.randrange(SEEDS) if seed is None else seed),  # noqa: S311 – not a secret
            cache_arguments=self._cache.arguments(slot.profile),
            on_exit=lambda: self._exited(slot),
        )
        self._processes[slot] = process
        try:
            await process.start()
        except (LaunchError, EngineCrashed):
            self._cache.discard(slot.profile)
            raise
        self.deaths.healthy(time.monotonic())
        return process

    async def _warm(self, slot: Slot, replay: bool) -> Process:
        if not replay:  # a system prompt, that others will begin with too
            try:
                await self._cache.fill(slot.profile, self._command.timeouts.launch)
            except OSError as error:
                log.warning("Prompts are not kept, so that launches take longer: %s", error)
        return await self._launch(slot)

    def _warmed(self, slot: Slot, replay: bool, task: asyncio.Task[Process]) -> None:
        del self._launches[slot]
        error = None if task.cancelled() else task.exception()
        if slot in self._processes and not task.cancelled() and not error:
            self._scheduler.warmed(slot, time.monotonic())
        else:
            self._scheduler.died(slot)
        if isinstance(error, LaunchError | EngineCrashed) and not replay:
            log.warning("A process launched ahead did not become ready: %s", error)
            self.deaths.add(time.monotonic(), str(error))
        elif error and not isinstance(error, EngineError):
            log.error("A launch ahead failed.", exc_info=error)
        self._changed()

    def _exited(self, slot: Slot) -> None:
        """A process is dead; that of a launch or of an answer is missed by who waits for it, an idle one only here."""
        self._processes.pop(slot, None)
        if slot.role in (Role.STANDBY, Role.RESIDENT) and not self._stopping:
            log.warning("An idle process died.")
            self.deaths.add(time.monotonic(), "An idle process died.")
            self._scheduler.died(slot)
        self._changed()
