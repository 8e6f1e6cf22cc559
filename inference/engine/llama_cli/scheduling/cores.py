"""How cores are shared out, and which of them are leased."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

Holder = TypeVar("Holder", bound=Hashable)


def team_size(max_threads: int, model_instances: int, cores: int) -> int:
    """Threads of every llama-cli of one configuration: two teams that share a core are 10 to 30 times slower."""
    return max(1, min(max_threads, cores // min(model_instances, cores)))


class LeaseTable(Generic[Holder]):
    """Which cores are computed on, and for whom. A holder has one lease or none."""

    def __init__(self, cores: int) -> None:
        self._free = list(range(cores))
        self._held: dict[Holder, tuple[int, ...]] = {}

    @property
    def free(self) -> int:
        return len(self._free)

    @property
    def held(self) -> Mapping[Holder, tuple[int, ...]]:
        """Core numbers by holder."""
        return self._held

    def acquire(self, holder: Holder, count: int) -> bool:
        """Lease `count` cores, or none at all."""
        if holder in self._held:
            raise ValueError(f"{holder} holds a lease already")
        if count > len(self._free):
            return False
        self._held[holder], self._free = tuple(self._free[:count]), self._free[count:]
        return True

    def release(self, holder: Holder) -> None:
        self._free = sorted([*self._free, *self._held.pop(holder)])
