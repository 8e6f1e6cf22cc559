"""Which cores are computed on, and by whom."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Holder = TypeVar("Holder", bound=Hashable)

# Threads of a process for each core that it is sure of. With more, switching between them at each barrier costs more
# than the cores that are lent at times bring.
MAX_THREADS_PER_CORE: Final = 2


@dataclass(frozen=True, slots=True)
class Team:
    """`cores`: leased for each computation. `threads`: of a process that also uses free cores while there are any."""

    cores: int
    threads: int


@dataclass(frozen=True, slots=True)
class MachineCores:
    """The cores that an engine computes on. `numbers`: those of the machine, as affinities name them.

    Without numbers, processes cannot be moved between cores: a quota says how many there are, and not which.
    """

    count: int
    numbers: tuple[int, ...] = ()

    def team(self, max_threads: int, model_instances: int) -> Team:
        """Return the team of every computation of one configuration.

        Teams share no core: two teams on the same cores are 10 to 30 times slower than one.
        """
        own = max(1, min(max_threads, self.count // min(model_instances, self.count)))
        return Team(own, min(max_threads, self.count, MAX_THREADS_PER_CORE * own) if self.numbers else own)


class LeaseTable(Generic[Holder]):
    """The leases on cores. A holder has one lease or none."""

    def __init__(self, cores: int) -> None:
        self._free = list(range(cores))
        self._held: dict[Holder, tuple[int, ...]] = {}

    @property
    def free(self) -> int:
        """Return the number of free cores."""
        return len(self._free)

    @property
    def held(self) -> Mapping[Holder, tuple[int, ...]]:
        """Return the leased core numbers by holder."""
        return self._held

    def acquire(self, holder: Holder, count: int) -> bool:
        """Lease `count` cores, or none. Return whether they were leased."""
        if holder in self._held:
            raise ValueError(f"{holder} holds a lease already")
        if count > len(self._free):
            return False
        self._held[holder], self._free = tuple(self._free[:count]), self._free[count:]
        return True

    def lend(self, wanted: Mapping[Holder, int]) -> dict[Holder, tuple[int, ...]]:
        """Return the cores on which each holder computes: its own, and those of the free ones that it is lent.

        `wanted`: how many cores holders can use, in the order in which they are served, one core each in turn.
        """
        used = {holder: list(cores) for holder, cores in self._held.items()}
        takers = deque(holder for holder in wanted if holder in used)
        for core in self._free:
            while takers and len(used[takers[0]]) >= wanted[takers[0]]:
                takers.popleft()
            if not takers:
                break
            used[takers[0]].append(core)
            takers.rotate(-1)
        return {holder: tuple(sorted(cores)) for holder, cores in used.items()}

    def release(self, holder: Holder) -> None:
        self._free = sorted([*self._free, *self._held.pop(holder)])
