"""Who gets which process when: synchronous decisions over plain state, no processes and no awaits.

Callers report what happened (`submit`, `finish`, `warmed`, …) and then carry out what `decide` returns. Rules:

* Whatever computes holds a lease on its team's cores: an answer, and a launch for it, under its ticket; a launch ahead
  (*warming*) under its slot. Never more cores are leased than there are.
* A process belongs to one conversation or to none yet. A *standby* is taken by one ticket, once; a *resident* only by a
  ticket whose transcript is the one that it holds.
* Owners take turns; a ticket never waits while a place is free. Launches ahead run only while nobody waits, and give
  way at once: one that fits the ticket is taken over, any other is ended.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest

from .cores import LeaseTable
from .exceptions import OwnerBusy, QueueFull
from .profile import Profile


class Role(Enum):
    """What a slot's process is there for; `Scheduler` alone moves it on."""

    WARMING = "warming"  # launched ahead, to become a standby or, with a conversation replayed, a resident
    STANDBY = "standby"  # ready, for whoever starts a conversation with its profile
    SERVING = "serving"  # works on one ticket, its launch included
    RESIDENT = "resident"  # idle, holds a conversation
    RETIRED = "retired"  # ended or about to be; never used again


@dataclass(eq=False)
class Slot:
    """One process, wanted or there. `conversation`: key of the transcript that it holds. `used_at`: seconds."""

    profile: Profile
    role: Role
    used_at: float
    conversation: str | None = None


@dataclass(eq=False)
class Ticket:
    """One request's place in the queue and then at a process.

    `profile`: what a launch for it would use. `conversation`: key of the transcript up to the new line, None where no
    process could hold it. `first`: it begins a conversation, so a standby of its profile is worth having. `fresh`: its
    slot's process is launched for it.
    """

    owner: str
    profile: Profile
    conversation: str | None = None
    first: bool = True
    slot: Slot | None = None
    fresh: bool = False
    granted_at: float | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """The ticket has a slot and its cores. A `fresh` ticket's process is to be launched, others are there or coming."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Warm:
    """Launch the slot's process ahead, then report `warmed` or `died`."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Retire:
    """End the slot's process."""

    slot: Slot


Action = Grant | Warm | Retire


@dataclass(frozen=True, slots=True)
class Limits:
    """`places`: answers at once. `team`: cores that a computation takes. The others: processes, requests, seconds.

    `owner_share`: tickets of one owner that may wait or be served at once; None: no limit but the queue's.
    """

    cores: int
    places: int
    team: int
    standbys: int = 1
    residents: int = 8
    queue: int = 64
    owner_share: int | None = None
    resident_idle: float = 1800.0


class Scheduler:
    """The state of one pool. `default`: what new conversations most likely ask for. `now`: monotonic seconds."""

    def __init__(self, limits: Limits, default: Profile) -> None:
        self.limits = limits
        self.leases: LeaseTable[Ticket | Slot] = LeaseTable(limits.cores)
        self.slots: list[Slot] = []
        self.serving: list[Ticket] = []
        self.average_seconds: float | None = None  # that a place was taken, as the recent answers did; None before any
        self._default = default
        self._recent: Profile | None = None  # asked for last, the default apart
        self._queues: OrderedDict[str, deque[Ticket]] = OrderedDict()  # by owner; whose turn is next comes first
        self._replays: OrderedDict[str, Profile] = OrderedDict()  # conversation → the profile that replays it
        self._retiring: list[Slot] = []

    # What happened.

    def submit(self, ticket: Ticket) -> Ticket | None:
        """Put a ticket into the queue. Raises QueueFull, or OwnerBusy where its owner has his share already.

        Nobody keeps others out of a full queue: the newest ticket of the owner with the most leaves it, and is
        returned, where the new one's owner has fewer.
        """
        self._check_share(ticket.owner)
        count = len(self.waiting())
        displaced = None
        if count >= self.limits.queue and (count or len(self.serving) >= self.limits.places):
            longest = max(self._queues.values(), key=len, default=deque[Ticket]())
            if len(longest) <= len(self._queues.get(ticket.owner, ())) + 1:
                raise self.full()
            displaced = longest.pop()
        self._queues.setdefault(ticket.owner, deque()).append(ticket)
        if ticket.profile.sampling.seed is None and ticket.first and not self._default.starts(ticket.profile):
            self._recent = ticket.profile
        return displaced

    def full(self) -> QueueFull:
        """What a ticket is told that finds no place in the queue, or had to leave it."""
        count = len(self.waiting())
        text = f"{count} requests are waiting, and no more may. Try again later."
        return QueueFull(text, self.estimate(count + 1) or 1.0)

    def withdraw(self, ticket: Ticket) -> None:
        """A ticket that is not granted does not wait any more, if it still does."""
        queue = self._queues.get(ticket.owner)
        if queue and ticket in queue:
            queue.remove(ticket)
        if not queue:
            self._queues.pop(ticket.owner, None)

    def finish(self, ticket: Ticket, now: float, conversation: str | None = None, *, whole: bool = True) -> None:
        """The ticket's answer is over. With `conversation`, its process waits, and holds that transcript.

        An answer that is not `whole`, because it failed or nobody wanted it any more, says nothing about the next.
        """
        slot = ticket.slot
        if slot is None or ticket.granted_at is None:
            raise ValueError("only a granted ticket can finish")
        self.leases.release(ticket)
        self.serving.remove(ticket)
        if whole:
            seconds = now - ticket.granted_at
            self.average_seconds = 0.8 * self.average_seconds + 0.2 * seconds if self.average_seconds else seconds
        if conversation is None:
            self._remove(slot)
            return
        self._replays.pop(conversation, None)
        for older in [other for other in self.slots if other.conversation == conversation]:
            self._drop(older)
        slot.role, slot.conversation, slot.used_at = Role.RESIDENT, conversation, now

    def relaunch(self, ticket: Ticket, now: float) -> Slot:
        """The ticket's process died before it said anything: the slot for another one, on the same cores."""
        if ticket.slot:
            self._remove(ticket.slot)
        ticket.slot, ticket.fresh = self._add(ticket.profile, Role.SERVING, now), True
        return ticket.slot

    def replay(self, conversation: str, profile: Profile) -> None:
        """That transcript is likely to be continued: have a process of `profile` hold it, when there is time."""
        held = any(slot.conversation == conversation for slot in self.slots)
        if self.limits.residents and not held:
            self._replays[conversation] = profile
            while len(self._replays) > self.limits.residents:
                self._replays.popitem(last=False)

    def warmed(self, slot: Slot, now: float) -> None:
        """A process launched ahead is ready."""
        if slot.role is Role.WARMING:
            self.leases.release(slot)
            slot.role, slot.used_at = Role.RESIDENT if slot.conversation else Role.STANDBY, now

    def died(self, slot: Slot) -> None:
        """The process of a slot died or could not be launched. That of a ticket is reported by its `finish`."""
        if slot.role is Role.WARMING and slot.profile == self._recent:
            self._recent = None  # a system prompt that does not fit, say: one try is enough
        if slot.role in (Role.WARMING, Role.STANDBY, Role.RESIDENT):
            self._drop(slot)

    # What is to be done.

    def decide(self, now: float, *, warm: bool = True) -> list[Action]:
        """Everything that can be done now; the state counts it as done. Without `warm` nothing is launched ahead."""
        granted: list[Action] = []
        while self._queues and len(self.serving) < self.limits.places:
            granted.append(self._grant(self._take_next(), now))
        self._expire(now)
        warmed = self._warm(now) if warm and not self._queues else []
        retired, self._retiring = [Retire(slot) for slot in self._retiring], []
        return [*retired, *granted, *warmed]

    def waiting(self) -> list[Ticket]:
        """The queue in the order of the grants to come: owner by owner, one ticket a turn."""
        rounds = zip_longest(*self._queues.values())
        return [ticket for tickets in rounds for ticket in tickets if ticket]

    @property
    def lacks_anything(self) -> bool:
        """Whether something is still to be launched ahead, once nobody waits."""
        return bool(self._replays or self._standbys()[0])

    def estimate(self, position: int) -> float | None:
        """Seconds until the ticket at `position` (from 1) is granted, by the recent answers; None before any."""
        return None if self.average_seconds is None else self.average_seconds * position / self.limits.places

    def _check_share(self, owner: str) -> None:
        waiting, serving = list(self._queues.get(owner, ())), sum(ticket.owner == owner for ticket in self.serving)
        share, count = self.limits.owner_share, len(waiting) + serving
        if share is None or count < share:
            return
        ahead = 0 if serving else self.waiting().index(waiting[0]) + 1
        retry_after = (self.estimate(ahead) or 0.0) + (self.average_seconds or 1.0)  # one of his own is over by then
        raise OwnerBusy(
            f"{count} requests of this caller wait or are being answered, and no more than {share} may. "
            "Wait for one of them to end.",
            retry_after,
        )

    def _take_next(self) -> Ticket:
        owner, queue = next(iter(self._queues.items()))
        ticket = queue.popleft()
        if queue:
            self._queues.move_to_end(owner)
        else:
            del self._queues[owner]
        return ticket

    def _grant(self, ticket: Ticket, now: float) -> Grant:
        slot = self._match(ticket)
        if slot and slot.role is Role.WARMING:
            self.leases.release(slot)
        while not self.leases.acquire(ticket, self.limits.team):
            self._preempt()
        ticket.fresh = slot is None
        ticket.slot = slot or self._add(ticket.profile, Role.SERVING, now)
        ticket.slot.role, ticket.slot.conversation = Role.SERVING, None
        ticket.granted_at = now
        self.serving.append(ticket)
        if ticket.conversation:
            self._replays.pop(ticket.conversation, None)  # it came back before there was time
        return Grant(ticket)

    def _preempt(self) -> None:
        """End a launch ahead, whose cores a ticket needs. A replay is tried again when there is time."""
        slot = next(slot for slot in self.slots if slot.role is Role.WARMING)
        self._drop(slot)
        if slot.conversation:
            self.replay(slot.conversation, slot.profile)

    def _match(self, ticket: Ticket) -> Slot | None:
        """The process with the most of the ticket's transcript in it. One with a given seed is always launched."""
        if ticket.profile.sampling.seed is not None:
            return None
        holding = (Role.RESIDENT, Role.WARMING)
        for slot in self.slots:
            held = slot.role in holding and slot.conversation is not None and slot.conversation == ticket.conversation
            if held and slot.profile.goes_on(ticket.profile):
                return slot
        fitting = [slot for slot in self.slots if not slot.conversation and slot.profile.starts(ticket.profile)]
        ready = [slot for slot in fitting if slot.role is Role.STANDBY]
        warming = [slot for slot in fitting if slot.role is Role.WARMING]
        return next(iter(ready + warming), None)

    def _expire(self, now: float) -> None:
        """End standbys that nobody wants, residents idle for too long, and beyond the limit the least recently used."""
        for slot in self._standbys()[1]:
            self._drop(slot)
        residents = sorted((slot for slot in self.slots if slot.role is Role.RESIDENT), key=lambda slot: slot.used_at)
        excess = max(0, len(residents) - self.limits.residents)
        for at, slot in enumerate(residents):
            if at < excess or now - slot.used_at >= self.limits.resident_idle:
                self._drop(slot)

    def _warm(self, now: float) -> list[Action]:
        """At most one launch ahead at a time: a replay first, for somebody is likely to come back for it."""
        if self.leases.free < self.limits.team or any(slot.role is Role.WARMING for slot in self.slots):
            return []
        if self._replays:
            conversation, profile = self._replays.popitem()
        elif missing := self._standbys()[0]:
            conversation, profile = None, missing[0]
        else:
            return []
        slot = self._add(profile, Role.WARMING, now)
        slot.conversation = conversation
        self.leases.acquire(slot, self.limits.team)
        return [Warm(slot)]

    def _standbys(self) -> tuple[list[Profile], list[Slot]]:
        """The wanted profiles that no standby has, and the standbys that are not wanted any more."""
        wanted = [self._default, *([self._recent] if self._recent else [])]
        missing = (wanted + [self._default] * self.limits.standbys)[: self.limits.standbys]
        unwanted = []
        for slot in self.slots:
            if slot.role is Role.STANDBY and slot.profile in missing:
                missing.remove(slot.profile)
            elif slot.role is Role.STANDBY:
                unwanted.append(slot)
        return missing, unwanted

    def _add(self, profile: Profile, role: Role, now: float) -> Slot:
        slot = Slot(profile, role, now)
        self.slots.append(slot)
        return slot

    def _drop(self, slot: Slot) -> None:
        """Remove a slot that serves nobody, and its lease if it has one."""
        if slot.role is Role.WARMING:
            self.leases.release(slot)
        self._remove(slot)

    def _remove(self, slot: Slot) -> None:
        self.slots.remove(slot)
        slot.role = Role.RETIRED
        self._retiring.append(slot)
