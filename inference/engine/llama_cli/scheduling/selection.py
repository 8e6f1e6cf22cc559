"""Which process serves a ticket, and which residents are ended: pure functions over slots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .slots import Limits, Role, Slot, Ticket


def best_slot(slots: Sequence[Slot], ticket: Ticket) -> Slot | None:
    """Return the slot that holds most of the ticket's transcript, None if a process must be launched.

    A given seed always needs a launch.
    """
    profile = ticket.profile
    if profile is None or profile.sampling.seed is not None:
        return None
    holding = (Role.RESIDENT, Role.WARMING)
    for slot in slots:
        held = slot.role in holding and slot.conversation is not None and slot.conversation == ticket.conversation
        if held and slot.profile.can_continue(profile):
            return slot
    fitting = [slot for slot in slots if not slot.conversation and slot.profile.can_start(profile)]
    ready = [slot for slot in fitting if slot.role is Role.STANDBY]
    warming = [slot for slot in fitting if slot.role is Role.WARMING]
    return next(iter(ready + warming), None)


def expired_residents(slots: Iterable[Slot], limits: Limits, now: float) -> list[Slot]:
    """Return the residents that have idled too long, and the least recently used above the limit."""
    residents = sorted((slot for slot in slots if slot.role is Role.RESIDENT), key=lambda slot: slot.used_at)
    excess = len(residents) - limits.residents
    return [
        slot for number, slot in enumerate(residents) if number < excess or now - slot.used_at >= limits.resident_idle
    ]
