"""Who gets which process when: synchronous decisions over plain state, no processes and no awaits.

Callers report what happened (`submit`, `finish`, `warmed`, …) and then carry out what `decide` returns. Rules:

* Whatever computes holds a lease on its team's cores: an answer, and a launch for it, under its ticket; a launch ahead
  (*warming*) under its slot. Never more cores are leased than there are.
* A process belongs to one conversation or to none yet. A *standby* is taken by one ticket, once; a *resident* only by a
  ticket whose transcript is the one that it holds.
* Owners take turns; a ticket never waits while a place is free. Launches ahead run only while nobody waits, and give
  way at once: one that fits the ticket is taken over, any other is ended.
* A configuration can be replaced at any time. What was granted before goes on, on the cores that it has; a team of the
  new size is granted once its cores are really free. The trial of a new configuration goes before all tickets.
"""

from __future__ import annotations

from inference.engine.errors import OwnerBusy, QueueFull
from inference.engine.llama_cli.process.profile import Profile

from .cores import LeaseTable
from .prelaunch import Wanted
from .queue import FairQueue
from .slots import Action, Begin, Grant, Holder, Limits, Retire, Role, Slot, Ticket, Trial, Warm


class Scheduler:
    """The state of one pool. `default`: what new conversations most likely ask for. `now`: monotonic seconds."""

    def __init__(self, limits: Limits, default: Profile) -> None:
        self.limits = limits
        self.leases: LeaseTable[Holder] = LeaseTable(limits.cores)
        self.slots: list[Slot] = []
        self.serving: list[Ticket] = []
        self.paused = False  # grants nothing
        self.average_seconds: float | None = None  # that a place was taken, as the recent answers did; None before any
        self._wanted = Wanted(default)
        self._queue = FairQueue()
        self.trials: list[Trial] = []  # that wait for cores
        self._retiring: list[Slot] = []

    # What happened.

    def submit(self, ticket: Ticket) -> Ticket | None:
        """Put a ticket into the queue. Raises QueueFull, or OwnerBusy where its owner has his share already.

        Nobody keeps others out of a full queue: the newest ticket of the owner with the most leaves it, and is
        returned, where the new one's owner has fewer.
        """
        self._check_share(ticket.owner)
        displaced = None
        if len(self._queue) >= self.limits.queue and (self._queue or not self._may_grant):
            displaced = self._queue.displace(ticket.owner)
            if displaced is None:
                raise self.full()
        self._queue.add(ticket)
        self._wanted.asked(ticket)
        return displaced

    def full(self) -> QueueFull:
        """What a ticket is told that finds no place in the queue, or had to leave it."""
        count = len(self._queue)
        text = f"{count} requests are waiting, and no more may. Try again later."
        return QueueFull(text, self.estimate(count + 1) or 1.0)

    def withdraw(self, ticket: Ticket) -> None:
        """A ticket that is not granted does not wait any more, if it still does."""
        self._queue.remove(ticket)

    def finish(self, ticket: Ticket, now: float, conversation: str | None = None, *, whole: bool = True) -> None:
        """The ticket's answer is over. With `conversation`, its process waits, and holds that transcript.

        A slot that is `leaving` ends all the same. An answer that is not `whole`, because it failed or nobody wanted it
        any more, says nothing about the next.
        """
        slot = ticket.slot
        if slot is None or ticket.granted_at is None:
            raise ValueError("only a granted ticket can finish")
        self.leases.release(ticket)
        self.serving.remove(ticket)
        if whole:
            seconds = now - ticket.granted_at
            self.average_seconds = 0.8 * self.average_seconds + 0.2 * seconds if self.average_seconds else seconds
        if conversation is None or slot.leaving:
            self._remove(slot)
            return
        self._wanted.there(conversation)
        for older in [other for other in self.slots if other.conversation == conversation]:
            self._drop(older)
        slot.role, slot.conversation, slot.used_at = Role.RESIDENT, conversation, now

    def relaunch(self, ticket: Ticket, now: float) -> Slot:
        """The ticket's process died before it said anything: the slot for another one, on the same cores."""
        slot = self._add(ticket.profile, Role.SERVING, now)
        if ticket.slot:
            slot.leaving = ticket.slot.leaving
            self._remove(ticket.slot)
        ticket.slot, ticket.fresh = slot, True
        return slot

    def replay(self, conversation: str, profile: Profile) -> None:
        """That transcript is likely to be continued: have a process of `profile` hold it, when there is time."""
        held = any(slot.conversation == conversation for slot in self.slots)
        if self.limits.residents and not held:
            self._wanted.replay(conversation, profile, self.limits.residents)

    def warmed(self, slot: Slot, now: float) -> None:
        """A process launched ahead is ready."""
        if slot.role is Role.WARMING:
            self.leases.release(slot)
            slot.role, slot.used_at = Role.RESIDENT if slot.conversation else Role.STANDBY, now

    def died(self, slot: Slot, *, unfit: bool = False) -> None:
        """The process of a slot died or could not be launched. That of a ticket is reported by its `finish`.

        `unfit`: its initial prompt does not fit into the context, so that another try would fail too.
        """
        if slot.role is Role.WARMING:
            self._wanted.failed(slot.profile, unfit=unfit)
        if slot.role in (Role.WARMING, Role.STANDBY, Role.RESIDENT):
            self._drop(slot)

    def reserve(self, trial: Trial) -> None:
        """A new configuration is to be proved, as soon as there are cores; `end` it in any case."""
        self.trials.append(trial)

    def end(self, trial: Trial) -> None:
        """The trial's process is gone, or it was given up before it began."""
        if trial in self.trials:
            self.trials.remove(trial)
        else:
            self.leases.release(trial)

    def reconfigure(self, limits: Limits, default: Profile) -> list[str]:
        """Go by these from now on. The tickets that wait must have been planned for them, and keep their places.

        Answers go on, on the processes and cores that they have. Other processes that are of no use any more end; the
        conversations that they held, or were to hold, are returned, the one used last at the end.
        """
        if limits.cores != self.limits.cores:
            raise ValueError("the cores are those that the leases are for")
        self.limits, before = limits, self._wanted.default
        lost = []
        for slot in sorted(self.slots, key=lambda slot: slot.used_at):
            if slot.profile.survives_reconfigure(before, default):
                continue
            if slot.role is Role.SERVING:
                slot.leaving = True
                continue
            self._drop(slot)
            lost += [slot.conversation] if slot.conversation else []
        lost += self._wanted.change(default, limits.residents)
        missing, _ = self._wanted.standbys(self.slots, limits.standbys)
        for slot in [slot for slot in self.slots if slot.role is Role.WARMING and not slot.conversation]:
            if slot.profile not in missing:
                self._drop(slot)
        return lost

    def retire(self, slot: Slot) -> bool:
        """End a process that does not answer, or one that does after its answer: False then."""
        if slot.role is Role.SERVING:
            slot.leaving = True
            return False
        self._drop(slot)
        return True

    # What is to be done.

    def decide(self, now: float, *, warm: bool = True) -> list[Action]:
        """Everything that can be done now; the state counts it as done. Without `warm` nothing is launched ahead."""
        begun = self._begin()
        granted: list[Action] = []
        while self._queue and self._may_grant:
            granted.append(self._grant(self._queue.take(), now))
        self._expire(now)
        warmed = self._warm(now) if warm and not self._queue and not self.trials else []
        retired, self._retiring = [Retire(slot) for slot in self._retiring], []
        return [*retired, *begun, *granted, *warmed]

    def waiting(self) -> list[Ticket]:
        """The queue in the order of the grants to come: owner by owner, one ticket a turn."""
        return self._queue.tickets()

    @property
    def conversations(self) -> set[str]:
        """Keys of the transcripts that processes hold, or are to hold."""
        return {slot.conversation for slot in self.slots if slot.conversation} | self._wanted.replays

    @property
    def lacks_anything(self) -> bool:
        """Whether something is still to be launched ahead, once nobody waits."""
        return bool(self._wanted.replays or self._wanted.standbys(self.slots, self.limits.standbys)[0])

    def estimate(self, position: int) -> float | None:
        """Seconds until the ticket at `position` (from 1) is granted, by the recent answers.

        None before any, and while nothing is granted.
        """
        if self.average_seconds is None or self.paused:
            return None
        return self.average_seconds * position / self.limits.places

    def _check_share(self, owner: str) -> None:
        serving = sum(ticket.owner == owner for ticket in self.serving)
        share, count = self.limits.owner_share, self._queue.count(owner) + serving
        if share is None or count < share:
            return
        ahead = 0 if serving else [ticket.owner for ticket in self.waiting()].index(owner) + 1
        retry_after = (self.estimate(ahead) or 0.0) + (self.average_seconds or 1.0)  # one of his own is over by then
        raise OwnerBusy(
            f"{count} requests of this caller wait or are being answered, and no more than {share} may. "
            "Wait for one of them to end.",
            retry_after,
        )

    @property
    def _may_grant(self) -> bool:
        """Whether a place is free, and a team's cores: answers from before a change may hold more."""
        free = len(self.serving) < self.limits.places and self._within_reach >= self.limits.team
        return free and not self.paused

    @property
    def _within_reach(self) -> int:
        """Cores that are free, or would be without the launches ahead."""
        return self.leases.free + sum(len(self.leases.held[slot]) for slot in self.slots if slot.role is Role.WARMING)

    def _begin(self) -> list[Action]:
        begun: list[Action] = []
        while self.trials and self._within_reach >= self.trials[0].cores:
            trial = self.trials.pop(0)
            self._acquire(trial, trial.cores)
            begun.append(Begin(trial))
        return begun

    def _grant(self, ticket: Ticket, now: float) -> Grant:
        slot = self._match(ticket)
        if slot and slot.role is Role.WARMING:
            self.leases.release(slot)
        self._acquire(ticket, self.limits.team)
        ticket.fresh = slot is None
        ticket.slot = slot or self._add(ticket.profile, Role.SERVING, now)
        ticket.slot.role, ticket.slot.conversation = Role.SERVING, None
        ticket.granted_at = now
        self.serving.append(ticket)
        if ticket.conversation:
            self._wanted.there(ticket.conversation)  # it came back before there was time
        return Grant(ticket)

    def _acquire(self, holder: Holder, cores: int) -> None:
        """Lease cores that are within reach. A replay that has to give way is tried again when there is time."""
        while not self.leases.acquire(holder, cores):
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
            if held and slot.profile.can_continue(ticket.profile):
                return slot
        fitting = [slot for slot in self.slots if not slot.conversation and slot.profile.can_start(ticket.profile)]
        ready = [slot for slot in fitting if slot.role is Role.STANDBY]
        warming = [slot for slot in fitting if slot.role is Role.WARMING]
        return next(iter(ready + warming), None)

    def _expire(self, now: float) -> None:
        """End standbys that nobody wants, residents idle for too long, and beyond the limit the least recently used."""
        for slot in self._wanted.standbys(self.slots, self.limits.standbys)[1]:
            self._drop(slot)
        residents = sorted((slot for slot in self.slots if slot.role is Role.RESIDENT), key=lambda slot: slot.used_at)
        excess = max(0, len(residents) - self.limits.residents)
        for at, slot in enumerate(residents):
            if at < excess or now - slot.used_at >= self.limits.resident_idle:
                self._drop(slot)

    def _warm(self, now: float) -> list[Action]:
        """At most one launch ahead at a time."""
        if self.leases.free < self.limits.team or any(slot.role is Role.WARMING for slot in self.slots):
            return []
        launch = self._wanted.next_launch(self.slots, self.limits.standbys)
        if launch is None:
            return []
        slot = self._add(launch[1], Role.WARMING, now)
        slot.conversation = launch[0]
        self.leases.acquire(slot, self.limits.team)
        return [Warm(slot)]

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
