"""On which cores each process computes now."""

from __future__ import annotations

from typing import Final

from .leases import LeaseTable
from .slots import LeaseHolder, Slot, Ticket

# Seconds for which an answer keeps the cores that it is lent before prelaunches may take them. A launch takes some
# tenths of a second: a noticeable part of a short answer, and hardly any of a longer one.
KEPT_FOR: Final = 5.0


def placement(leases: LeaseTable[LeaseHolder], serving: list[Ticket]) -> dict[LeaseHolder, tuple[int, ...]]:
    """Return the cores of each holder of a lease: its own, and free ones that answers with more threads are lent.

    A core is lent until another computation leases it, in the middle of an answer too.
    """
    return leases.lend({ticket: ticket.slot.profile.threads for ticket in serving if ticket.slot})


def placement_of_slots(placed: dict[LeaseHolder, tuple[int, ...]]) -> dict[Slot, tuple[int, ...]]:
    """Return the cores of each slot that computes."""
    slots = {holder.slot if isinstance(holder, Ticket) else holder: cores for holder, cores in placed.items()}
    return {slot: cores for slot, cores in slots.items() if isinstance(slot, Slot)}


def cores_to_launch_on(leases: LeaseTable[LeaseHolder], serving: list[Ticket], now: float) -> int:
    """Return how many cores prelaunches may use: free ones that no answer was lent in the last seconds."""
    placed = placement(leases, serving)
    recent = [ticket for ticket in serving if ticket.granted_at is not None and now - ticket.granted_at < KEPT_FOR]
    return leases.free - sum(len(placed[ticket]) - len(leases.held[ticket]) for ticket in recent)
