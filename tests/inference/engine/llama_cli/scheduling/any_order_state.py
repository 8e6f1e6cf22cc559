"""A model of the scheduler: its state, and its checks of each decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis.stateful import RuleBasedStateMachine

from inference.engine.errors import CallerBusy, QueueFull
from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.scheduling.leases import MachineCores
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import (
    BeginTrial,
    Grant,
    LeaseHolder,
    Limits,
    Prelaunch,
    Retire,
    Role,
    Slot,
    Ticket,
    Trial,
)
from inference.engine.types import Sampling
from tests.inference.engine.llama_cli.scheduling.builders import DEFAULT, PIRATE

CALLERS = ("Ann", "Bob", "Cleo")
SERVED = "has received a request"
IDLE = 50.0  # seconds
BEGINNINGS = [
    *[DEFAULT] * 4,
    *[PIRATE] * 2,
    replace(DEFAULT, context_size=1024),
    replace(DEFAULT, context_size=4096),
    replace(PIRATE, context_size=4096),
    replace(DEFAULT, threads=1),
    DEFAULT.with_seed(7),
]


def conversation_of(caller: str, number: int) -> str:
    return f"{caller}/{number}"


def continues(number: int, seed: int | None = None, context_size: int = 2048) -> Profile:
    """Return the profile of a transcript that any caller could have."""
    return replace(DEFAULT, initial=f"transcript {number}", sampling=Sampling(seed=seed), context_size=context_size)


def limits_of(
    cores: int, instances: int, max_threads: int, standbys: int, residents: int, queue: int, share: int | None
) -> Limits:
    team = MachineCores(cores).team(max_threads, instances).cores
    places = min(instances, cores // team)
    return Limits(cores, places, team, standbys, residents, queue, share, resident_idle=IDLE)


class SchedulerModel(RuleBasedStateMachine):
    """Reports of any kind in any order, decisions and changes in between, and what must hold after each.

    `contents`: what each process has received: None for nothing, the conversation that it holds, or SERVED while it
    answers. The model keeps it independently of what the scheduler notes on the slots.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.limits: Limits
        self.default: Profile
        self.scheduler: Scheduler
        self.waiting: list[Ticket] = []
        self.granted: list[Ticket] = []
        self.contents: dict[Slot, str | None] = {}
        self.retired: Counter[Slot] = Counter()
        self.launching: list[Slot] = []  # ahead; also those that a ticket has taken over, or that are to be ended
        self.replays: dict[str, Profile] = {}  # that may be launched: asked for, not there, not overtaken
        self.turns: dict[str, Counter[str]] = {}  # by waiting caller: grants to others since their own
        self.leased: dict[LeaseHolder, int] = {}  # cores, as many as a computation took when it began
        self.leaving: set[Slot] = set()  # that must not stay after their answers
        self.trials: list[Trial] = []  # that wait
        self.proving: list[Trial] = []
        self.most_serving = 0
        self.prompt = True  # decides after each report, as the pool does
        self.decided = False

    def planned(self, profile: Profile) -> Profile:
        """Plan for the current engine and team, or for one thread if the profile asks for that, as the planner does."""
        threads = 1 if profile.threads == 1 else self.limits.team
        return replace(profile, engine=self.default.engine, threads=threads)

    def changed(self) -> None:
        self.decided = False
        if self.prompt:
            self.decide()

    def decide(self, *, warm: bool = True) -> None:
        order = self.scheduler.waiting()
        before = {slot: (slot.role, slot.used_at) for slot in self.scheduler.slots}
        actions = self.scheduler.decide(self.now, prelaunch=warm)
        grants = [action.ticket for action in actions if isinstance(action, Grant)]
        assert grants == order[: len(grants)], "positions are the order of the grants to come"
        assert self.scheduler.waiting() == order[len(grants) :]
        for action in actions:
            match action:
                case Grant(ticket):
                    self.check_grant(ticket, before)
                case Prelaunch(slot):
                    self.check_warm(slot)
                    assert warm
                case BeginTrial(trial):
                    assert trial is self.trials.pop(0)
                    self.proving.append(trial)
                    self.leased[trial] = trial.cores
                case Retire(slot):
                    self.retired[slot] += 1
        self.check_residents(before)
        self.decided = True

    def check_what_stays(self, before: dict[Slot, Role]) -> None:
        """A process is of use if it has the engine, at most a team's threads, and what requests ask for by default."""
        for slot, role in before.items():
            profile = slot.profile
            right = profile.engine == self.default.engine and profile.threads == self.limits.team
            useless = profile.engine != self.default.engine or profile.threads > self.limits.team
            if role is Role.SERVING:
                assert slot in self.scheduler.slots, "running tickets keep their slots"
                if useless:
                    self.leaving.add(slot)
            elif useless:
                assert slot not in self.scheduler.slots
            elif role is Role.RESIDENT and right and profile.context_size >= self.default.context_size:
                assert slot in self.scheduler.slots

    def submit(self, ticket: Ticket) -> None:
        full = len(self.waiting) >= self.limits.queue
        free = not self.waiting and self.place_is_free()
        own, longest = (
            self.waiting_of(ticket.caller),
            max((self.waiting_of(other.caller) for other in self.waiting), default=0),
        )
        try:
            displaced = self.scheduler.submit(ticket)
        except CallerBusy:
            assert self.limits.per_caller is not None
            assert own + sum(other.caller == ticket.caller for other in self.granted) >= self.limits.per_caller
            return
        except QueueFull:
            assert full
            assert not free
            assert longest <= own + 1
            return
        if displaced:
            assert full
            assert self.waiting_of(displaced.caller) == longest > own + 1
            self.left_the_queue(displaced)
        else:
            assert free or not full
        self.waiting.append(ticket)
        self.turns.setdefault(ticket.caller, Counter())
        self.changed()

    def place_is_free(self) -> bool:
        free = len(self.granted) < self.limits.places and self.cores_within_reach() >= self.limits.team
        return free and not self.scheduler.paused

    def cores_within_reach(self) -> int:
        """Return the number of cores that are free or held by something that gives way."""
        return self.limits.cores - sum(self.leased[holder] for holder in (*self.granted, *self.proving))

    def waiting_of(self, caller: str) -> int:
        return sum(ticket.caller == caller for ticket in self.waiting)

    def left_the_queue(self, ticket: Ticket) -> None:
        self.waiting.remove(ticket)
        if not any(other.caller == ticket.caller for other in self.waiting):
            del self.turns[ticket.caller]

    def launch_is_over(self, slot: Slot) -> None:
        if slot.role is Role.WARMING and slot.conversation:
            self.replays.pop(slot.conversation, None)

    def finish(self, ticket: Ticket, conversation: str | None) -> None:
        assert ticket.slot
        self.scheduler.finish(ticket, self.now, conversation)
        self.granted.remove(ticket)
        if ticket.slot.role is Role.RETIRED:
            assert conversation is None or ticket.slot.leaving
        else:
            assert conversation
            assert ticket.slot not in self.leaving
            self.contents[ticket.slot] = conversation
            self.replays.pop(conversation, None)

    def check_grant(self, ticket: Ticket, before: dict[Slot, tuple[Role, float]]) -> None:
        self.left_the_queue(ticket)
        self.granted.append(ticket)
        self.leased[ticket] = self.limits.team
        assert not self.scheduler.paused
        for caller, grants in self.turns.items():
            if caller != ticket.caller:
                grants[ticket.caller] += 1
                assert grants[ticket.caller] <= 1, "callers take turns"
        if ticket.caller in self.turns:
            self.turns[ticket.caller].clear()
        if ticket.conversation:
            self.replays.pop(ticket.conversation, None)
        slot = ticket.slot
        assert slot
        assert slot not in self.retired
        assert slot.profile.engine == ticket.profile.engine == self.default.engine
        assert ticket.granted_at == self.now
        if ticket.fresh:
            assert slot not in self.contents
            assert slot.profile == ticket.profile
            self.check_nothing_fitted(ticket)
        else:
            assert ticket.profile.sampling.seed is None, "a given seed is always launched"
            assert slot.profile.can_continue(ticket.profile)
            role, _ = before[slot]
            content = self.contents[slot]
            if content is None:
                assert role in (Role.STANDBY, Role.WARMING)
                assert slot.profile.initial == ticket.profile.initial
            else:
                assert role in (Role.RESIDENT, Role.WARMING)
                assert content == ticket.conversation, "a process serves one conversation"
        self.contents[slot] = SERVED

    def check_nothing_fitted(self, ticket: Ticket) -> None:
        """Check that no process left after the decision would have fitted."""
        if ticket.profile.sampling.seed is not None:
            return
        for slot in self.scheduler.slots:
            if slot.role is Role.STANDBY:
                assert not slot.profile.can_start(ticket.profile)
            if slot.role is Role.RESIDENT and slot.conversation == ticket.conversation:
                assert not slot.profile.can_continue(ticket.profile)

    def check_warm(self, slot: Slot) -> None:
        assert not self.waiting, "prelaunches only while the queue is empty"
        assert slot not in self.contents
        assert slot.role is Role.WARMING
        assert slot.profile.engine == self.default.engine
        self.leased[slot] = self.limits.team
        self.launching.append(slot)
        self.contents[slot] = slot.conversation
        if slot.conversation:
            assert slot.profile == self.replays[slot.conversation]
        else:
            assert slot.profile.sampling.seed is None

    def check_residents(self, before: dict[Slot, tuple[Role, float]]) -> None:
        residents = [slot for slot in self.scheduler.slots if slot.role is Role.RESIDENT]
        assert len(residents) <= self.limits.residents
        assert all(self.now - slot.used_at < IDLE for slot in residents)
        oldest_left = min((slot.used_at for slot in residents), default=self.now)
        for slot, (role, used_at) in before.items():
            if role is Role.RESIDENT and slot.role is Role.RETIRED:
                assert used_at <= oldest_left, "the least recently used goes first"
