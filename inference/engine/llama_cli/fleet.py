"""The processes behind the scheduler's slots: launched, found, watched, ended."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable

from inference.engine.errors import EngineCrashed, EngineError, LaunchError, PromptTooLong
from inference.engine.llama_cli.process.process import Process
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.scheduling.crashes import Deaths
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Role, Slot, Ticket

from .runtime import Loaded

log = logging.getLogger(__name__)

SEEDS = 2**31  # llama-cli takes 32 bits, the highest of which means "choose one"


class Fleet:
    """Carries out launches and ends for one scheduler, and tells it which processes died.

    `changed` is called whenever the scheduler may have something new to decide, `tell` with what people should know of
    a death. `launches`: so far, by what they were for; `deaths_over_requests`: that requests may be the cause of, which
    are not in `deaths`.
    """

    def __init__(
        self, loaded: Loaded, scheduler: Scheduler, changed: Callable[[], None], tell: Callable[[str], None]
    ) -> None:
        self.deaths = Deaths()
        self.deaths_over_requests = 0
        self.launches = Counter({role.value: 0 for role in (Role.SERVING, Role.STANDBY, Role.RESIDENT)})
        self._loaded = {loaded.engine: loaded}  # by engine, as long as slots need it
        self._scheduler = scheduler
        self._changed = changed
        self._tell = tell
        self._stopping = False
        self._processes: dict[Slot, Process] = {}
        self._launches: dict[Slot, asyncio.Task[Process]] = {}

    @property
    def processes(self) -> dict[Slot, Process]:
        """By slot; those that are being launched too."""
        return dict(self._processes)

    def adopt(self, loaded: Loaded) -> None:
        """Launch with this from now on; what was granted before keeps what it was planned for."""
        needed = {slot.profile.engine for slot in self._scheduler.slots}
        self._loaded = {engine: earlier for engine, earlier in self._loaded.items() if engine in needed}
        self._loaded[loaded.engine] = loaded

    def model_name(self, slot: Slot) -> str:
        """The file that the slot's process has loaded, or will."""
        return self._loaded[slot.profile.engine].model.path.name

    def lost(self, reason: str, *, by_request: bool = False) -> None:
        """A process died. One that a request may be the cause of does not count against the pool."""
        if by_request:
            self.deaths_over_requests += 1
        else:
            self.deaths.add(time.monotonic(), reason)
        self._tell(reason)

    async def process(self, ticket: Ticket) -> Process:
        """The process of a granted ticket, ready: launched for it, or found.

        Raises LaunchError or PromptTooLong as `Process.start`, EngineCrashed where the one that was there has died.
        """
        slot = ticket.slot
        if slot is None:
            raise ValueError("the ticket is not granted")
        if ticket.fresh:
            return await self._launch(slot, Role.SERVING)
        if launch := self._launches.get(slot):
            return await asyncio.shield(launch)
        process = self._processes.get(slot)
        if process is None or not await process.settled():
            raise EngineCrashed("The process that held this conversation has died.")
        return process

    async def measure(self, profile: Profile) -> None:
        """Launch only to learn that the initial prompt does not fit: raises PromptTooLong with its tokens."""
        process = Process(self._loaded[profile.engine].command, profile.with_seed(0))
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

    async def _launch(self, slot: Slot, purpose: Role) -> Process:
        loaded, seed = self._loaded[slot.profile.engine], slot.profile.sampling.seed
        process = Process(
            loaded.command,
            slot.profile.with_seed(random.randrange(SEEDS) if seed is None else seed),  # noqa: S311 – not a secret
            cache_arguments=loaded.cache.arguments(slot.profile),
            on_exit=lambda: self._exited(slot),
        )
        self._processes[slot] = process
        self.launches[purpose.value] += 1
        try:
            await process.start()
        except (LaunchError, EngineCrashed):
            loaded.cache.discard(slot.profile)
            raise
        self.deaths.healthy(time.monotonic())
        return process

    async def _warm(self, slot: Slot, replay: bool) -> Process:
        if not replay:  # a system prompt, that others will begin with too
            loaded = self._loaded[slot.profile.engine]
            try:
                await loaded.cache.fill(slot.profile, loaded.command.timeouts.launch)
            except OSError as error:
                log.warning("Prompts are not kept, so that launches take longer: %s", error)
        return await self._launch(slot, Role.RESIDENT if replay else Role.STANDBY)

    def _warmed(self, slot: Slot, replay: bool, task: asyncio.Task[Process]) -> None:
        del self._launches[slot]
        error = None if task.cancelled() else task.exception()
        if slot in self._processes and not task.cancelled() and not error:
            self._scheduler.warmed(slot, time.monotonic())
        else:
            self._scheduler.died(slot, unfit=isinstance(error, PromptTooLong))
        if isinstance(error, LaunchError | EngineCrashed) and not replay:
            log.warning("A process launched ahead did not become ready: %s", error)
            self.lost(str(error))
        elif error and not isinstance(error, EngineError):
            log.error("A launch ahead failed.", exc_info=error)
        self._changed()

    def _exited(self, slot: Slot) -> None:
        """A process is dead; that of a launch or of an answer is missed by who waits for it, an idle one only here."""
        self._processes.pop(slot, None)
        if slot.role in (Role.STANDBY, Role.RESIDENT) and not self._stopping:
            log.warning("An idle process died.")
            self.lost("An idle process died.")
            self._scheduler.died(slot)
        self._changed()
