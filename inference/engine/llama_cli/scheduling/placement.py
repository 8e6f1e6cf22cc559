"""On which cores each process computes now."""

from __future__ import annotations

from .leases import LeaseTable
from .slots import LeaseHolder, Slot, Ticket


def placement(leases: LeaseTable[LeaseHolder], serving: list[Ticket]) -> dict[LeaseHolder, tuple[int, ...]]:
    """Return the cores of each holder of a lease: its own, and free ones that answers with more threads are lent.

    A core is lent until another computation leases it, in the middle of an answer too.
    """
    return leases.lend({ticket: ticket.slot.profile.threads for ticket in serving if ticket.slot})


def placement_of_slots(placed: dict[LeaseHolder, tuple[int, ...]]) -> dict[Slot, tuple[int, ...]]:
    """Return the cores of each slot that computes."""
    slots = {holder.slot if isinstance(holder, Ticket) else holder: cores for holder, cores in placed.items()}
    return {slot: cores for slot, cores in slots.items() if isinstance(slot, Slot)}
