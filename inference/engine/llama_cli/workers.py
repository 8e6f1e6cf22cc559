"""The processes behind the scheduler's slots: launched, found, watched and ended."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from inference.engine.errors import EngineCrashed, EngineError, EngineUnavailable, LaunchError
from inference.machine.affinity import confine

from .models.files import replacement_error
from .models.runtime import ModelRuntime
from .process.process import Process
from .process.profile import Profile
from .scheduling.slots import Role, Slot, Ticket

log = logging.getLogger(__name__)

SEEDS = 2**31  # llama-cli takes 32 bits, and the highest value means "choose one"


class WorkerListener(Protocol):
    """Receives events of processes that no call in progress waits for."""

    def worker_ready(self, slot: Slot) -> None:
        """The process of a slot became ready."""

    def worker_prelaunched(self, slot: Slot, error: BaseException | None, *, replay: bool) -> None:
        """The prelaunch of a slot has ended. `error`: why it failed; CancelledError if the process was ended."""

    def worker_exited(self, slot: Slot, ending: str) -> None:
        """The process of a slot has ended. `ending`: how, in words."""


class Workers:
    """Launches and ends processes, and knows which slot has which.

    `launches`: how many so far, by purpose. It decides nothing: the pool tells it what to do, and is its listener.
    `cores`: numbers of the machine's cores, or none if processes cannot be confined to some of them.
    """

    def __init__(self, runtime: ModelRuntime, listener: WorkerListener, cores: Sequence[int]) -> None:
        self.launches = Counter({role.value: 0 for role in (Role.SERVING, Role.STANDBY, Role.RESIDENT)})
        self._listener = listener
        self._runtimes = {runtime.engine: runtime}  # by engine digest, for as long as slots need them
        self._processes: dict[Slot, Process] = {}
        self._prelaunches: dict[Slot, asyncio.Task[Process]] = {}
        self._cores = cores
        self._placed: Mapping[Slot, tuple[int, ...]] = {}  # by index of `cores`
        self._confined: set[Slot] = set()  # whose processes may not use all cores

    @property
    def processes(self) -> Mapping[Slot, Process]:
        """Return the processes by slot, those that are still launching included."""
        return MappingProxyType(self._processes)

    def follow(self, runtimes: Iterable[ModelRuntime], slots: list[Slot]) -> None:
        """Launch with these runtimes from now on. Slots that exist keep what they were planned for."""
        needed = {slot.profile.engine for slot in slots}
        self._runtimes = {engine: earlier for engine, earlier in self._runtimes.items() if engine in needed}
        self._runtimes |= {runtime.engine: runtime for runtime in runtimes}

    def place(self, placed: Mapping[Slot, tuple[int, ...]]) -> None:
        """Have the processes that compute do so on these cores from now on, each one given by its index."""
        before, self._placed = self._placed, placed
        for slot, cores in placed.items():
            if before.get(slot) != cores:
                self._confine(slot)

    def _confine(self, slot: Slot) -> None:
        """Confine a process that has more threads than cores, so that it takes none from the others."""
        process, indices = self._processes.get(slot), self._placed.get(slot)
        if process and process.pid and indices and self._cores and slot.profile.threads > 1:
            if slot.profile.threads > len(indices):
                self._confined.add(slot)
                confine(process.pid, [self._cores[index] for index in indices])
            elif slot in self._confined:
                self._confined.discard(slot)
                confine(process.pid, self._cores)

    def model(self, slot: Slot) -> str:
        """Return the id of the model that the slot's process has loaded or will load."""
        return self._runtimes[slot.profile.engine].served.id

    async def process_for(self, ticket: Ticket) -> Process:
        """Return the ready process of a granted ticket: launched for it, or found.

        Raise LaunchError or PromptTooLong as `Process.start` does, EngineCrashed if the process has crashed, and
        EngineUnavailable if files were replaced.
        """
        slot = ticket.slot
        if slot is None:
            raise ValueError("the ticket has not been granted")
        if ticket.fresh:
            return await self._launch(slot, Role.SERVING)
        if prelaunch := self._prelaunches.get(slot):
            return await asyncio.shield(prelaunch)
        process = self._processes.get(slot)
        if process is None or not await process.settled():
            raise EngineCrashed("The process that held this conversation has crashed.")
        return process

    async def count_tokens(self, profile: Profile) -> None:
        """Launch only to count an initial prompt that is too long. Raise PromptTooLong with its tokens."""
        process = Process(self._runtimes[profile.engine].command, profile.with_seed(0))
        try:
            await process.start()
        finally:
            process.kill()
            await process.wait()

    def prelaunch(self, slot: Slot) -> None:
        """Launch the slot's process ahead of demand."""
        replay = slot.conversation is not None
        task = asyncio.create_task(self._prelaunch(slot, replay))
        self._prelaunches[slot] = task
        task.add_done_callback(lambda task: self._prelaunched(slot, replay, task))

    def end(self, slot: Slot) -> None:
        """End the slot's process, or its prelaunch."""
        if prelaunch := self._prelaunches.get(slot):
            prelaunch.cancel()
        if process := self._processes.get(slot):
            process.kill()

    def fail(self, slot: Slot, error: EngineError) -> None:
        """End the slot's process, and its answer with `error`."""
        if process := self._processes.get(slot):
            process.kill(error)

    async def stop(self) -> None:
        """End every process, and wait until all have ended."""
        for slot in [*self._prelaunches, *self._processes]:
            self.end(slot)
        while self._prelaunches or self._processes:
            exits = [asyncio.create_task(process.wait()) for process in self._processes.values()]
            await asyncio.wait([*self._prelaunches.values(), *exits])

    async def _launch(self, slot: Slot, purpose: Role) -> Process:
        runtime, seed = self._runtimes[slot.profile.engine], slot.profile.sampling.seed
        _check_files(runtime)
        process = Process(
            runtime.command,
            slot.profile.with_seed(random.randrange(SEEDS) if seed is None else seed),  # noqa: S311 – not a secret
            cache_arguments=runtime.cache.arguments(slot.profile),
            on_exit=lambda: self._exited(slot),
        )
        self._processes[slot] = process
        self.launches[purpose.value] += 1
        asyncio.get_running_loop().call_soon(self._confine, slot)  # as soon as the launch waits for the child
        try:
            await process.start()
        except (LaunchError, EngineCrashed):
            runtime.cache.discard(slot.profile)
            raise
        try:
            _check_files(runtime)  # again, since the process has opened them after the first check
        except EngineUnavailable:
            process.kill()
            raise
        self._listener.worker_ready(slot)
        return process

    async def _prelaunch(self, slot: Slot, replay: bool) -> Process:
        if not replay:  # its initial prompt is a system prompt, which other conversations begin with too
            runtime = self._runtimes[slot.profile.engine]
            try:
                await runtime.cache.fill(slot.profile, runtime.command.timeouts.launch)
            except OSError as error:
                log.warning("Prompts cannot be cached, so launches take longer: %s", error)
        return await self._launch(slot, Role.RESIDENT if replay else Role.STANDBY)

    def _prelaunched(self, slot: Slot, replay: bool, task: asyncio.Task[Process]) -> None:
        del self._prelaunches[slot]
        ended = task.cancelled() or (slot not in self._processes and not task.exception())
        error = asyncio.CancelledError() if ended else task.exception()
        self._listener.worker_prelaunched(slot, error, replay=replay)

    def _exited(self, slot: Slot) -> None:
        process = self._processes.pop(slot)
        self._confined.discard(slot)
        self._listener.worker_exited(slot, process.ending)


def _check_files(runtime: ModelRuntime) -> None:
    if replaced := runtime.files.replaced():
        raise replacement_error(replaced)
