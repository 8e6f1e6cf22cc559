"""The slots of a pool, and the leases on its cores."""

from __future__ import annotations

from inference.engine.llama_cli.process.profile import Profile

from .leases import LeaseTable
from .slots import LeaseHolder, Retire, Role, Slot


class SlotTable:
    """`slots`: one for each process, planned or launched. `leases`: whatever computes holds one."""

    def __init__(self, cores: int) -> None:
        self.slots: list[Slot] = []
        self.leases: LeaseTable[LeaseHolder] = LeaseTable(cores)
        self._retired: list[Slot] = []  # whose processes are to be ended

    @property
    def available_cores(self) -> int:
        """Cores that are free, or are leased to prelaunches, which give way."""
        return self.leases.free + sum(len(self.leases.held[slot]) for slot in self.slots if slot.role is Role.WARMING)

    def add(self, profile: Profile, role: Role, now: float, conversation: str | None = None) -> Slot:
        slot = Slot(profile, role, now, conversation)
        self.slots.append(slot)
        return slot

    def drop(self, slot: Slot) -> None:
        """Remove a slot that serves no ticket, with its lease if it has one."""
        if slot.role is Role.WARMING:
            self.leases.release(slot)
        self.remove(slot)

    def remove(self, slot: Slot) -> None:
        """Remove a slot without a lease of its own."""
        self.slots.remove(slot)
        slot.role = Role.RETIRED
        self._retired.append(slot)

    def take_retired(self) -> list[Retire]:
        """Return the slots that were removed since the last call."""
        retired, self._retired = [Retire(slot) for slot in self._retired], []
        return retired
