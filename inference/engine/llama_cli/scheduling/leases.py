"""Which cores are computed on, and by whom."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

Holder = TypeVar("Holder", bound=Hashable)


def team_size(max_threads: int, model_instances: int, cores: int) -> int:
    """Return the threads of every process of one configuration.

    Teams share no core: two teams on the same cores are 10 to 30 times slower than one.
    """
    return max(1, min(max_threads, cores // min(model_instances, cores)))


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

    def release(self, holder: Holder) -> None:
        self._free = sorted([*self._free, *self._held.pop(holder)])
