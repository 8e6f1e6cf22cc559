"""Which request gets which process, and when: synchronous decisions over plain state, no processes and no awaits.

Callers report what happened (`submit`, `finish`, `prelaunched`, …) and then carry out what `decide` returns. Rules:

* Whatever computes holds a lease on a team of cores: an answer, with the launch for it, under its ticket; a prelaunch
  under its slot. Never more cores are leased than exist.
* A process belongs to one conversation, or to none yet. A *standby* is taken by one ticket, once; a *resident* only by
  a ticket whose transcript is the one that it holds.
* Callers take turns, and no ticket waits while a place is free. Prelaunches run only while the queue is empty, take no
  lent core from an answer that has just begun, and give way at once: one that fits is taken over, others are ended.
* The configuration can be replaced at any time. What was granted before keeps its cores; a team of
  the new size is granted once its cores are free. The trial of a new configuration goes before all tickets.
"""

from __future__ import annotations

from collections.abc import Collection, Container

from inference.engine.llama_cli.process.profile import Profile

from . import refusals
from .placement import cores_to_launch_on
from .prelaunch import PrelaunchPlan
from .queue import FairQueue
from .selection import best_slot, expired_residents
from .slot_table import SlotTable
from .slots import Action, BeginTrial, Grant, LeaseHolder, Limits, Prelaunch, Role, Slot, Ticket, Trial


class Scheduler:
    """The scheduling state of one pool. `default`: what new conversations most likely ask for.

    `now`: monotonic seconds. `average_seconds`: of recent answers, None before the first. While `paused`, nothing is
    granted; while `held`, nothing is granted or launched ahead, because launches would be wrong.
    """

    def __init__(self, limits: Limits, default: Profile) -> None:
        self.limits = limits
        self._table = SlotTable(limits.cores)
        self.leases, self.slots = self._table.leases, self._table.slots
        self.serving: list[Ticket] = []
        self.trials: list[Trial] = []  # that wait for cores
        self.paused = False
        self.held = False
        self.average_seconds: float | None = None
        self._prelaunch = PrelaunchPlan(default)
        self._queue = FairQueue()

    # Reports of what happened.

    def submit(self, ticket: Ticket) -> Ticket | None:
        """Queue a ticket. Raise CallerBusy if its caller has reached the limit, QueueFull if the queue is full.

        No caller keeps others out of a full queue: if the ticket's caller has fewer tickets, the newest ticket of the
        caller with the most is displaced and returned.
        """
        self._check_caller(ticket.caller)
        displaced = None
        if len(self._queue) >= self.limits.queue and (self._queue or not self._may_grant):
            displaced = self._queue.displace(ticket.caller)
            if displaced is None:
                raise refusals.queue_full(len(self._queue), self.estimate(len(self._queue) + 1))
        self._queue.add(ticket)
        self._prelaunch.requested(ticket)
        return displaced

    def replan(self, ticket: Ticket, profile: Profile | None, conversation: str | None, *, first: bool) -> None:
        """Plan a queued ticket for a new configuration. It keeps its position. No profile: its model is not loaded."""
        if ticket.granted_at is not None:
            raise ValueError("a granted ticket keeps what it was planned for")
        ticket.profile, ticket.conversation, ticket.first = profile, conversation, first

    def assign(self, ticket: Ticket, profile: Profile, conversation: str | None, *, first: bool, now: float) -> None:
        """Give a granted ticket its slot: its model has been loaded."""
        if ticket.granted_at is None or ticket.profile is not None:
            raise ValueError("only a granted ticket without a profile can be assigned a slot")
        ticket.profile, ticket.conversation, ticket.first = profile, conversation, first
        self._prelaunch.requested(ticket)
        self._occupy(ticket, self._take_best_slot(ticket), profile, now)

    def withdraw(self, ticket: Ticket) -> None:
        """Remove a ticket from the queue, if it is still there."""
        self._queue.remove(ticket)

    def finish(self, ticket: Ticket, now: float, conversation: str | None = None, *, complete: bool = True) -> None:
        """End a granted ticket. With `conversation`, its process becomes the resident that holds that transcript.

        A slot that is `leaving` is retired anyway. An answer that is not `complete`, because it failed or was
        cancelled, does not count for the average. Without a slot, the ticket's model could not be loaded.
        """
        if ticket.granted_at is None:
            raise ValueError("only a granted ticket can finish")
        self.leases.release(ticket)
        self.serving.remove(ticket)
        slot = ticket.slot
        if slot is None:
            return
        if complete:
            seconds = now - ticket.granted_at
            self.average_seconds = 0.8 * self.average_seconds + 0.2 * seconds if self.average_seconds else seconds
        if conversation is None or slot.leaving:
            self._table.remove(slot)
            return
        self._prelaunch.discard_replay(conversation, slot.profile.engine)
        for older in [other for other in self.slots if other.holds(conversation, slot.profile.engine)]:
            self._table.drop(older)
        slot.role, slot.conversation, slot.used_at = Role.RESIDENT, conversation, now

    def relaunch(self, ticket: Ticket, now: float) -> Slot:
        """Give a ticket another slot on the same cores: its process crashed before the first token."""
        if ticket.slot is None or ticket.profile is None:
            raise ValueError("only a ticket with a slot can be given another one")
        slot = self._table.add(ticket.profile, Role.SERVING, now)
        slot.leaving = ticket.slot.leaving
        self._table.remove(ticket.slot)
        ticket.slot, ticket.fresh = slot, True
        return slot

    def replay(self, conversation: str, profile: Profile) -> None:
        """Plan for a process of `profile` to hold a transcript, because it is likely to be continued."""
        held = any(slot.holds(conversation, profile.engine) for slot in self.slots)
        if self.limits.residents and not held:
            self._prelaunch.add_replay(conversation, profile, self.limits.residents)

    def prelaunched(self, slot: Slot, now: float) -> None:
        """A process that was launched ahead is ready."""
        if slot.role is Role.WARMING:
            self.leases.release(slot)
            slot.role, slot.used_at = Role.RESIDENT if slot.conversation else Role.STANDBY, now

    def crashed(self, slot: Slot, *, unfit: bool = False) -> None:
        """A slot's process crashed or could not be launched. That of a serving ticket is reported by its `finish`.

        `unfit`: its initial prompt does not fit into the context, so another try would fail too.
        """
        if slot.role is Role.WARMING:
            self._prelaunch.failed(slot.profile, unfit=unfit)
        if slot.role in (Role.WARMING, Role.STANDBY, Role.RESIDENT):
            self._table.drop(slot)

    def reserve(self, trial: Trial) -> None:
        """Reserve cores for a trial as soon as there are any. Call `end_trial` in any case."""
        self.trials.append(trial)

    def end_trial(self, trial: Trial) -> None:
        """A trial's process has ended, or the trial was cancelled before it began."""
        if trial in self.trials:
            self.trials.remove(trial)
        else:
            self.leases.release(trial)

    def reconfigure(self, limits: Limits, default: Profile, others: Collection[str] = ()) -> list[str]:
        """Replace limits, default, and the engines of `others`: the loaded models besides the default one.

        Queued tickets must have been planned for them, and keep their positions. Running answers keep their processes
        and cores. Other processes that are no longer useful end, those of engines that have given way among them.
        Return the conversations that these held or were to hold, the most recently used last.
        """
        if limits.cores != self.limits.cores:
            raise ValueError("a reconfiguration cannot change the number of cores")
        self.limits, before = limits, self._prelaunch.default
        lost_replays = self._prelaunch.reconfigure(default, others, limits.residents)
        lost = []
        for slot in sorted(self.slots, key=lambda slot: slot.used_at):
            if self._prelaunch.survives(slot.profile, before):
                continue
            if slot.role is Role.SERVING:
                slot.leaving = True
                continue
            self._table.drop(slot)
            lost += [slot.conversation] if slot.conversation else []
        missing, _ = self._prelaunch.standbys(self.slots, limits.standbys)
        for slot in [slot for slot in self.slots if slot.role is Role.WARMING and not slot.conversation]:
            if slot.profile not in missing:
                self._table.drop(slot)
        return lost + lost_replays

    def retire(self, slot: Slot) -> bool:
        """End an idle process. Return False for a busy one, which ends after its answer."""
        if slot.role is Role.SERVING:
            slot.leaving = True
            return False
        self._table.drop(slot)
        return True

    def retire_all(self, engine: str) -> list[Slot]:
        """End the idle processes of an engine, and return the slots of its busy ones."""
        return [slot for slot in list(self.slots) if slot.profile.engine == engine and not self.retire(slot)]

    # Decisions.

    @property
    def answering(self) -> set[str]:
        """Return the engines whose processes serve granted tickets."""
        return {ticket.slot.profile.engine for ticket in self.serving if ticket.slot}

    def decide(self, now: float, *, prelaunch: bool = True, held_back: Container[str] = ()) -> list[Action]:
        """Return everything that can be done now; the state counts it as done.

        Without `prelaunch` nothing is launched ahead of demand, and of the engines that are `held_back` never.
        """
        begun = self._begin_trials()
        granted: list[Action] = []
        while self._queue and self._may_grant:
            granted.append(self._grant(self._queue.take(), now))
        self._expire(now)
        prelaunch = prelaunch and not (self._queue or self.trials or self.held)
        launched = self._launch_ahead(now, held_back) if prelaunch else []
        return [*self._table.take_retired(), *begun, *granted, *launched]

    def waiting(self) -> list[Ticket]:
        """Return the queued tickets in the order in which they will be granted."""
        return self._queue.tickets()

    @property
    def conversations(self) -> set[str]:
        """Return the keys of the transcripts that processes hold or are to hold."""
        return {slot.conversation for slot in self.slots if slot.conversation} | self._prelaunch.replays

    @property
    def has_planned_launches(self) -> bool:
        """Whether something is left to launch ahead once the queue is empty."""
        return bool(self._prelaunch.replays or self._prelaunch.standbys(self.slots, self.limits.standbys)[0])

    def estimate(self, position: int) -> float | None:
        """Return the seconds until the ticket at `position` (from 1) is granted, going by recent answers.

        None before the first answer, and while paused.
        """
        if self.average_seconds is None or self.paused:
            return None
        return self.average_seconds * position / self.limits.places

    def _check_caller(self, caller: str) -> None:
        serving = sum(ticket.caller == caller for ticket in self.serving)
        limit, count = self.limits.per_caller, self._queue.count(caller) + serving
        if limit is not None and count >= limit:
            ahead = 0 if serving else [ticket.caller for ticket in self.waiting()].index(caller) + 1
            raise refusals.caller_busy(count, limit, self.estimate(ahead), self.average_seconds)

    @property
    def _may_grant(self) -> bool:
        """Whether a place and a team's cores are free. Answers from before a reconfiguration may hold more cores."""
        free = len(self.serving) < self.limits.places and self._table.available_cores >= self.limits.team
        return free and not self.paused and not self.held

    def _begin_trials(self) -> list[Action]:
        begun: list[Action] = []
        while self.trials and self._table.available_cores >= self.trials[0].cores:
            trial = self.trials.pop(0)
            self._acquire(trial, trial.cores)
            begun.append(BeginTrial(trial))
        return begun

    def _grant(self, ticket: Ticket, now: float) -> Grant:
        slot = self._take_best_slot(ticket)
        self._acquire(ticket, self.limits.team)
        ticket.granted_at = now
        self.serving.append(ticket)
        if ticket.profile:
            self._occupy(ticket, slot, ticket.profile, now)
        return Grant(ticket)

    def _take_best_slot(self, ticket: Ticket) -> Slot | None:
        slot = best_slot(self.slots, ticket)
        if slot and slot.role is Role.WARMING:
            self.leases.release(slot)
        return slot

    def _occupy(self, ticket: Ticket, found: Slot | None, profile: Profile, now: float) -> None:
        ticket.fresh = found is None
        ticket.slot = slot = found or self._table.add(profile, Role.SERVING, now)
        slot.role, slot.conversation = Role.SERVING, None
        if ticket.conversation:
            self._prelaunch.discard_replay(ticket.conversation, slot.profile.engine)  # the caller came back first

    def _acquire(self, holder: LeaseHolder, cores: int) -> None:
        """Lease available cores. A replay that has to give way is planned again."""
        while not self.leases.acquire(holder, cores):
            slot = next(slot for slot in self.slots if slot.role is Role.WARMING)
            self._table.drop(slot)
            if slot.conversation:
                self.replay(slot.conversation, slot.profile)

    def _expire(self, now: float) -> None:
        superfluous = self._prelaunch.standbys(self.slots, self.limits.standbys)[1]
        for slot in superfluous + expired_residents(self.slots, self.limits, now):
            self._table.drop(slot)

    def _launch_ahead(self, now: float, held_back: Container[str]) -> list[Action]:
        """At most one prelaunch at a time."""
        launching = any(slot.role is Role.WARMING for slot in self.slots)
        if launching or cores_to_launch_on(self.leases, self.serving, now) < self.limits.team:
            return []
        if (launch := self._prelaunch.take_next(self.slots, self.limits.standbys, held_back)) is None:
            return []
        conversation, profile = launch
        slot = self._table.add(profile, Role.WARMING, now, conversation)
        self.leases.acquire(slot, self.limits.team)
        return [Prelaunch(slot)]
