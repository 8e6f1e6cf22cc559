"""Who gets which process when. First the rules by example, then all of them under any order of events."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from inference.engine.cores import team_size
from inference.engine.exceptions import OwnerBusy, QueueFull
from inference.engine.profile import Profile
from inference.engine.scheduler import Scheduler
from inference.engine.slots import Action, Begin, Grant, Holder, Limits, Retire, Role, Slot, Ticket, Trial, Warm
from inference.engine.types import Sampling

DEFAULT = Profile("Be brief.", "", "<|eot_id|>Assistant:", Sampling(), context_size=2048, threads=2)
PIRATE = replace(DEFAULT, initial="Talk like a pirate.")
POET = replace(DEFAULT, initial="Answer in verse.")
TALK = "digest of Ann's transcript"
TALKING = replace(DEFAULT, initial="Be brief. Ann's transcript")

ONE_AT_A_TIME = Limits(cores=2, places=1, team=2)


def pool(limits: Limits = ONE_AT_A_TIME) -> Scheduler:
    return Scheduler(limits, DEFAULT)


def question(profile: Profile = DEFAULT, owner: str = "Ann") -> Ticket:
    return Ticket(owner, profile)


def next_turn(conversation: str = TALK, profile: Profile = TALKING, owner: str = "Ann") -> Ticket:
    return Ticket(owner, profile, conversation, first=False)


def submitted(scheduler: Scheduler, *tickets: Ticket) -> list[Action]:
    for ticket in tickets:
        scheduler.submit(ticket)
    return scheduler.decide(0.0)


def launch_ahead(scheduler: Scheduler, now: float = 0.0) -> Slot:
    """The slot whose launch is asked for, and nothing else is."""
    [action] = scheduler.decide(now)
    assert isinstance(action, Warm)
    return action.slot


def standby(scheduler: Scheduler) -> Slot:
    slot = launch_ahead(scheduler)
    scheduler.warmed(slot, 0.0)
    return slot


def resident(scheduler: Scheduler, conversation: str = TALK, now: float = 0.0, owner: str = "Ann") -> Slot:
    """A process that answered, and holds the conversation since `now`."""
    ticket = next_turn(conversation, owner=owner)
    scheduler.submit(ticket)
    scheduler.decide(now, warm=False)
    scheduler.finish(ticket, now, conversation)
    assert ticket.slot
    return ticket.slot


def retired(actions: list[Action]) -> list[Slot]:
    return [action.slot for action in actions if isinstance(action, Retire)]


# Which process.


def test_a_standby_takes_a_new_conversation_at_once() -> None:
    scheduler, ticket = pool(), question()
    slot = standby(scheduler)
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    assert ticket.slot is slot
    assert not ticket.fresh


def test_without_a_process_that_fits_one_is_launched_for_the_ticket() -> None:
    scheduler, ticket = pool(), question(PIRATE)
    slot = standby(scheduler)
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    assert ticket.fresh
    assert ticket.slot is not slot
    assert slot.role is Role.STANDBY


def test_the_next_turn_takes_the_process_that_holds_its_conversation_before_a_standby() -> None:
    scheduler = pool()
    holder = resident(scheduler)
    standby(scheduler)
    ticket = next_turn()
    submitted(scheduler, ticket)
    assert ticket.slot is holder
    assert not ticket.fresh


def test_another_branch_of_a_conversation_does_not_match_and_is_launched() -> None:
    scheduler = pool()
    holder = resident(scheduler)
    ticket = next_turn("digest of the edited transcript", replace(TALKING, initial="Be brief. Edited"))
    submitted(scheduler, ticket)
    assert ticket.fresh
    assert holder.role is Role.RESIDENT


def test_two_next_turns_of_one_conversation_do_not_share_its_process() -> None:
    scheduler = pool(Limits(cores=2, places=2, team=1))
    holder = resident(scheduler)
    first, second = next_turn(), next_turn()
    submitted(scheduler, first, second)
    assert (first.slot, first.fresh) == (holder, False)
    assert second.slot is not holder
    assert second.fresh


def test_a_process_that_has_served_never_becomes_a_standby() -> None:
    scheduler, ticket = pool(), question()
    standby(scheduler)
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 1.0)
    assert ticket.slot
    assert ticket.slot.role is Role.RETIRED
    again = question()
    assert ticket.slot in retired(submitted(scheduler, again))
    assert again.fresh


def test_a_given_seed_is_always_launched() -> None:
    scheduler = pool()
    holder = resident(scheduler)
    ready = standby(scheduler)
    seeded = next_turn(profile=TALKING.with_seed(7))
    submitted(scheduler, seeded)
    assert seeded.fresh
    scheduler.finish(seeded, 1.0)
    seeded = question(DEFAULT.with_seed(7))
    submitted(scheduler, seeded)
    assert seeded.fresh
    assert (holder.role, ready.role) == (Role.RESIDENT, Role.STANDBY)


def test_a_conversation_that_began_with_a_seed_goes_on_without_one_in_its_process() -> None:
    scheduler = pool()
    seeded = question(DEFAULT.with_seed(7))
    submitted(scheduler, seeded)
    scheduler.finish(seeded, 1.0, TALK)
    ticket = next_turn()
    submitted(scheduler, ticket)
    assert ticket.slot is seeded.slot


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"context_size": 512}, True),
        ({"context_size": 4096}, False),
        ({"threads": 1}, False),
        ({"sampling": Sampling(temperature=0.1)}, False),
        ({"in_suffix": "<|im_end|>"}, False),
    ],
)
def test_a_process_serves_what_its_launch_allows_a_smaller_context_too(change: dict[str, object], fits: bool) -> None:
    scheduler = pool()
    ready, holder = standby(scheduler), resident(scheduler)
    turn = next_turn(profile=replace(TALKING, **change))  # type: ignore[arg-type]
    submitted(scheduler, turn)
    assert (turn.slot is holder) is fits
    scheduler.finish(turn, 1.0)
    first = question(replace(DEFAULT, **change))  # type: ignore[arg-type]
    submitted(scheduler, first)
    assert (first.slot is ready) is fits


# Launches ahead.


def test_a_launch_ahead_that_fits_is_taken_over() -> None:
    scheduler, ticket = pool(), question()
    slot = launch_ahead(scheduler)
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    assert ticket.slot is slot
    assert not ticket.fresh
    scheduler.warmed(slot, 1.0)
    assert slot.role is Role.SERVING
    assert list(scheduler.leases.held) == [ticket]


def test_a_standby_that_is_ready_is_taken_before_one_that_is_launched() -> None:
    scheduler, ticket = pool(Limits(cores=4, places=1, team=2, standbys=2)), question()
    ready, coming = standby(scheduler), launch_ahead(scheduler)
    submitted(scheduler, ticket)
    assert ticket.slot is ready
    assert coming.role is Role.WARMING


def test_a_launch_ahead_that_does_not_fit_gives_its_cores_to_the_ticket() -> None:
    scheduler, ticket = pool(), question(PIRATE)
    slot = launch_ahead(scheduler)
    assert submitted(scheduler, ticket) == [Retire(slot), Grant(ticket)]
    assert list(scheduler.leases.held) == [ticket]
    scheduler.died(slot)
    scheduler.warmed(slot, 1.0)
    assert slot.role is Role.RETIRED


def test_a_launch_ahead_on_spare_cores_goes_on_beside_an_answer() -> None:
    scheduler, ticket = pool(Limits(cores=4, places=1, team=2)), question(PIRATE)
    slot = launch_ahead(scheduler)
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    assert slot.role is Role.WARMING


def test_nothing_is_launched_ahead_while_a_ticket_waits() -> None:
    scheduler = pool(Limits(cores=4, places=1, team=2))
    standby(scheduler)
    first, second = question(), question(PIRATE)
    assert submitted(scheduler, first, second) == [Grant(first)]
    scheduler.withdraw(second)
    assert launch_ahead(scheduler).profile == DEFAULT


def test_nothing_is_launched_ahead_while_that_is_put_off() -> None:
    assert pool().decide(0.0, warm=False) == []


def test_launches_ahead_come_one_at_a_time() -> None:
    scheduler = pool(Limits(cores=8, places=1, team=2, standbys=3))
    slot = launch_ahead(scheduler)
    assert scheduler.decide(1.0) == []
    scheduler.warmed(slot, 1.0)
    assert launch_ahead(scheduler) is not slot


def test_a_standby_that_died_is_launched_again() -> None:
    scheduler = pool()
    slot = standby(scheduler)
    scheduler.died(slot)
    retire, warm = scheduler.decide(1.0)
    assert retire == Retire(slot)
    assert isinstance(warm, Warm)


def test_standbys_are_for_the_default_profile_first_then_for_the_one_seen_last() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=3))
    for profile in (POET, PIRATE):
        ticket = question(profile)
        submitted(scheduler, ticket)
        scheduler.finish(ticket, 0.0)
    scheduler.decide(0.0, warm=False)
    assert [standby(scheduler).profile for _ in range(3)] == [DEFAULT, PIRATE, DEFAULT]
    assert scheduler.decide(0.0) == []


def test_a_standby_for_a_profile_that_another_displaced_is_ended() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=2))
    standby(scheduler)
    for profile in (PIRATE, POET):
        ticket = question(profile)
        submitted(scheduler, ticket)
        scheduler.finish(ticket, 0.0)
        actions = scheduler.decide(0.0)
        [warm] = [action for action in actions if isinstance(action, Warm)]
        assert warm.slot.profile == profile
        scheduler.warmed(warm.slot, 0.0)
    assert [slot.profile for slot in scheduler.slots] == [DEFAULT, POET]


@pytest.mark.parametrize(
    "ticket",
    [
        question(replace(DEFAULT, context_size=512)),
        question(PIRATE.with_seed(7)),
        next_turn(),
        Ticket("Ann", PIRATE, first=False),
    ],
    ids=["served by the default", "given seed", "later turn", "question in the launch"],
)
def test_no_standby_is_launched_for_what_nobody_else_will_ask_for(ticket: Ticket) -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=2))
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 0.0)
    scheduler.decide(0.0, warm=False)
    assert {standby(scheduler).profile, standby(scheduler).profile} == {DEFAULT}


def test_a_recent_profile_that_cannot_be_launched_is_tried_ahead_once() -> None:
    scheduler, ticket = pool(Limits(cores=2, places=1, team=2, standbys=2)), question(PIRATE)
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 0.0)
    scheduler.decide(0.0, warm=False)
    standby(scheduler)
    slot = launch_ahead(scheduler)
    assert slot.profile == PIRATE
    scheduler.died(slot)
    retire, warm = scheduler.decide(1.0)
    assert retire == Retire(slot)
    assert isinstance(warm, Warm)
    assert warm.slot.profile == DEFAULT


# Replays.


def test_a_replay_is_launched_before_standbys_and_then_holds_its_conversation() -> None:
    scheduler = pool()
    scheduler.replay(TALK, TALKING)
    slot = launch_ahead(scheduler)
    assert (slot.profile, slot.conversation) == (TALKING, TALK)
    scheduler.warmed(slot, 1.0)
    assert slot.role is Role.RESIDENT
    ticket = next_turn()
    submitted(scheduler, ticket)
    assert ticket.slot is slot


def test_a_replay_is_taken_over_while_it_is_launched_by_its_own_conversation_only() -> None:
    scheduler = pool(Limits(cores=4, places=2, team=2))
    scheduler.replay(TALK, TALKING)
    slot = launch_ahead(scheduler)
    other, own = next_turn("another", TALKING, "Bob"), next_turn()
    submitted(scheduler, other, own)
    assert other.fresh
    assert own.slot is slot


def test_a_replay_that_had_to_give_way_is_tried_again() -> None:
    scheduler, ticket = pool(), question(PIRATE)
    scheduler.replay(TALK, TALKING)
    slot = launch_ahead(scheduler)
    assert submitted(scheduler, ticket) == [Retire(slot), Grant(ticket)]
    scheduler.finish(ticket, 1.0)
    scheduler.decide(1.0, warm=False)
    assert launch_ahead(scheduler).conversation == TALK


def test_a_replay_that_failed_is_not_tried_again() -> None:
    scheduler = pool()
    scheduler.replay(TALK, TALKING)
    scheduler.died(launch_ahead(scheduler))
    _, warm = scheduler.decide(1.0)
    assert isinstance(warm, Warm)
    assert warm.slot.conversation is None


def test_a_conversation_that_came_back_by_itself_is_not_replayed() -> None:
    scheduler, ticket = pool(), next_turn()
    scheduler.replay(TALK, TALKING)
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 1.0)
    scheduler.decide(1.0, warm=False)
    assert launch_ahead(scheduler).conversation is None


def test_a_conversation_that_a_process_holds_is_not_replayed() -> None:
    scheduler = pool()
    resident(scheduler)
    scheduler.replay(TALK, TALKING)
    ticket = question()
    submitted(scheduler, ticket)
    scheduler.replay("another", TALKING)
    scheduler.finish(ticket, 1.0, "another")
    assert launch_ahead(scheduler).conversation is None


def test_replays_are_bounded_by_the_residents_and_the_latest_comes_first() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=0, residents=2))
    for conversation in ("first", "second", "third"):
        scheduler.replay(conversation, TALKING)
    assert [standby(scheduler).conversation for _ in range(2)] == ["third", "second"]
    assert scheduler.decide(0.0) == []


def test_without_residents_nothing_is_replayed_or_kept() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=0, residents=0))
    scheduler.replay(TALK, TALKING)
    holder = resident(scheduler)
    assert scheduler.decide(0.0) == [Retire(holder)]


# Residents.


def test_the_resident_used_least_recently_makes_room() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=0, residents=2))
    oldest = resident(scheduler, "first", now=1.0)
    resident(scheduler, "second", now=2.0)
    assert resident(scheduler, "first", now=3.0) is oldest
    newest = resident(scheduler, "third", now=4.0)
    assert [slot.conversation for slot in retired(scheduler.decide(4.0))] == ["second"]
    assert scheduler.slots == [oldest, newest]


def test_a_resident_ends_when_it_was_idle_for_too_long() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=0, resident_idle=60.0))
    holder = resident(scheduler, now=100.0)
    assert scheduler.decide(159.9) == []
    assert scheduler.decide(160.0) == [Retire(holder)]


def test_of_two_processes_with_the_same_transcript_the_newer_stays() -> None:
    scheduler = pool(Limits(cores=2, places=2, team=1, standbys=0))
    first, second = next_turn(), next_turn()
    submitted(scheduler, first, second)
    scheduler.finish(first, 1.0, "the same answer")
    scheduler.finish(second, 2.0, "the same answer")
    assert retired(scheduler.decide(2.0)) == [first.slot]
    assert scheduler.slots == [second.slot]


def test_a_resident_that_died_is_not_found() -> None:
    scheduler, ticket = pool(), next_turn()
    holder = resident(scheduler)
    scheduler.died(holder)
    assert submitted(scheduler, ticket) == [Retire(holder), Grant(ticket)]
    assert ticket.fresh


# The queue.


def test_owners_take_turns() -> None:
    scheduler = pool()
    [busy, *many] = [question(owner="Ann") for _ in range(4)]
    submitted(scheduler, busy, *many)
    bob = question(owner="Bob")
    scheduler.submit(bob)
    order = scheduler.waiting()
    assert order == [many[0], bob, many[1], many[2]]
    served = [busy]
    while scheduler.serving:
        scheduler.finish(served[-1], 1.0)
        served += [action.ticket for action in scheduler.decide(1.0) if isinstance(action, Grant)]
    assert served[1:] == order


def test_an_owner_who_comes_back_at_once_does_not_jump_the_queue() -> None:
    scheduler = pool()
    first = question(owner="Ann")
    submitted(scheduler, first, question(owner="Bob"), question(owner="Bob"))
    again = question(owner="Ann")
    scheduler.submit(again)
    assert [ticket.owner for ticket in scheduler.waiting()] == ["Bob", "Ann", "Bob"]


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, queue=2))
    first, second, third = question(), question(), question(owner="Bob")
    submitted(scheduler, first)
    submitted(scheduler, second, third)
    with pytest.raises(QueueFull) as refusal:
        scheduler.submit(question(owner="Cleo"))
    assert refusal.value.retry_after == 1.0
    assert scheduler.waiting() == [second, third]
    scheduler.withdraw(second)
    scheduler.finish(first, 10.0)
    scheduler.decide(10.0)
    scheduler.submit(question())
    scheduler.submit(question(owner="Bob"))
    with pytest.raises(QueueFull) as refusal:
        scheduler.submit(question(owner="Cleo"))
    assert refusal.value.retry_after == 30.0  # three turns of ten seconds


def test_nobody_keeps_others_out_of_a_full_queue() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, queue=3))
    running, *many = [question(owner="Ann") for _ in range(4)]
    submitted(scheduler, running)
    submitted(scheduler, *many)
    first, second = question(owner="Bob"), question(owner="Bob")
    assert scheduler.submit(first) is many[-1]
    assert set(scheduler.waiting()) == {*many[:2], first}
    with pytest.raises(QueueFull):  # Ann has two, and Bob would have as many
        scheduler.submit(second)
    with pytest.raises(QueueFull):
        scheduler.submit(question(owner="Ann"))
    scheduler.withdraw(many[-1])  # who had to leave may say so too
    assert set(scheduler.waiting()) == {*many[:2], first}


def test_an_owner_has_a_share_of_what_waits_and_is_served() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, owner_share=2))
    first, second = question(owner="Ann"), question(owner="Ann")
    submitted(scheduler, first, second)
    with pytest.raises(OwnerBusy, match="no more than 2"):
        scheduler.submit(question(owner="Ann"))
    bob = question(owner="Bob")
    scheduler.submit(bob)
    scheduler.finish(first, 10.0)
    scheduler.submit(question(owner="Ann"))
    with pytest.raises(OwnerBusy) as refusal:
        scheduler.submit(question(owner="Ann"))
    assert refusal.value.retry_after == 20.0  # until the first of hers is granted and has been answered
    assert scheduler.waiting() == [second, bob, *scheduler.waiting()[2:]]


def test_without_a_queue_a_free_place_still_serves() -> None:
    scheduler, ticket = pool(Limits(cores=2, places=1, team=2, queue=0)), question()
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    with pytest.raises(QueueFull):
        scheduler.submit(question())
    scheduler.finish(ticket, 1.0)
    scheduler.submit(question())
    with pytest.raises(QueueFull):  # the place is promised
        scheduler.submit(question())


def test_the_estimate_follows_the_recent_answers() -> None:
    scheduler = pool(Limits(cores=2, places=2, team=1))
    assert scheduler.estimate(1) is None
    for now, expected in ((10.0, 10.0), (20.0, 12.0)):
        ticket = question()
        submitted(scheduler, ticket)
        scheduler.finish(ticket, now)
        assert scheduler.average_seconds == pytest.approx(expected)
    assert scheduler.estimate(1) == pytest.approx(6.0)
    assert scheduler.estimate(4) == pytest.approx(24.0)


# Cancelled, died.


def test_a_ticket_that_gave_up_is_out_of_the_queue() -> None:
    scheduler = pool()
    first, second = question(), question(owner="Bob")
    submitted(scheduler, first, second)
    scheduler.withdraw(second)
    scheduler.finish(first, 1.0)
    assert scheduler.waiting() == []
    assert second not in [action.ticket for action in scheduler.decide(1.0) if isinstance(action, Grant)]


def test_a_ticket_whose_process_died_keeps_its_cores_for_another_launch() -> None:
    scheduler, ticket = pool(), question()
    dead = standby(scheduler)
    submitted(scheduler, ticket)
    slot = scheduler.relaunch(ticket, 1.0)
    assert (ticket.slot, ticket.fresh) == (slot, True)
    assert scheduler.decide(1.0) == [Retire(dead)]
    assert list(scheduler.leases.held) == [ticket]
    scheduler.finish(ticket, 2.0)
    assert slot in retired(scheduler.decide(2.0))
    assert scheduler.serving == []


def test_only_a_granted_ticket_can_finish() -> None:
    with pytest.raises(ValueError, match="granted"):
        pool().finish(question(), 1.0)


# A change of the configuration.

TWO_AT_ONCE = Limits(cores=2, places=2, team=1)
ONE_THREAD = replace(DEFAULT, threads=1)


def granted(actions: list[Action]) -> list[Ticket]:
    return [action.ticket for action in actions if isinstance(action, Grant)]


@pytest.mark.parametrize(
    ("of_process", "now", "lasts"),
    [
        ({}, {}, True),
        ({}, {"initial": "Be kind."}, True),
        ({}, {"engine": "another"}, False),
        ({"threads": 2}, {"threads": 1}, False),
        ({"threads": 1}, {"threads": 1}, True),
        ({"threads": 2}, {"threads": 4}, False),
        ({"threads": 1}, {"threads": 4}, True),
        ({}, {"context_size": 1024}, True),
        ({}, {"context_size": 4096}, False),
        ({"context_size": 512}, {"context_size": 4096}, True),
    ],
)
def test_a_resident_stays_as_long_as_it_suits_what_its_conversation_asks_for(
    of_process: dict[str, Any], now: dict[str, Any], lasts: bool
) -> None:
    """The default has two threads and a context of 2048."""
    scheduler, ticket = pool(), Ticket("Ann", replace(TALKING, **of_process), TALK, first=False)
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 0.0, TALK)
    lost = scheduler.reconfigure(ONE_AT_A_TIME, replace(DEFAULT, **now))
    assert ticket.slot
    assert (ticket.slot.role is Role.RESIDENT) is lasts
    assert lost == ([] if lasts else [TALK])
    assert retired(scheduler.decide(0.0, warm=False)) == ([] if lasts else [ticket.slot])


def test_processes_of_different_engines_have_nothing_in_common() -> None:
    other = replace(DEFAULT, engine="another")
    assert not DEFAULT.goes_on(other)
    assert not DEFAULT.starts(other)


def test_a_larger_team_is_granted_once_its_cores_are_free() -> None:
    scheduler = Scheduler(TWO_AT_ONCE, ONE_THREAD)
    first, second = question(ONE_THREAD), question(ONE_THREAD)
    submitted(scheduler, first, second)
    scheduler.reconfigure(ONE_AT_A_TIME, DEFAULT)
    scheduler.finish(first, 1.0)
    waiting = question()
    assert granted(submitted(scheduler, waiting)) == []
    assert scheduler.leases.free == 1
    scheduler.finish(second, 2.0)
    assert granted(scheduler.decide(2.0)) == [waiting]
    assert len(scheduler.leases.held[waiting]) == 2


def test_smaller_teams_are_granted_beside_a_larger_one_that_still_runs_as_far_as_cores_go() -> None:
    scheduler = Scheduler(Limits(cores=3, places=1, team=2), DEFAULT)
    running = question()
    submitted(scheduler, running)
    scheduler.reconfigure(Limits(cores=3, places=3, team=1), ONE_THREAD)
    tickets = [question(ONE_THREAD) for _ in range(2)]
    assert granted(submitted(scheduler, *tickets)) == tickets[:1]
    scheduler.finish(running, 1.0)
    assert granted(scheduler.decide(1.0)) == tickets[1:]


def test_what_runs_goes_on_through_a_change_and_then_ends() -> None:
    scheduler, ticket = pool(), question()
    submitted(scheduler, ticket)
    assert scheduler.reconfigure(ONE_AT_A_TIME, replace(DEFAULT, engine="another")) == []
    assert retired(scheduler.decide(0.0)) == []
    again = scheduler.relaunch(ticket, 1.0)
    scheduler.finish(ticket, 2.0, TALK)
    assert again in retired(scheduler.decide(2.0))


def test_a_launch_ahead_for_what_was_changed_ends() -> None:
    scheduler = pool()
    slot = launch_ahead(scheduler)
    scheduler.reconfigure(ONE_AT_A_TIME, PIRATE)
    retire, warm = scheduler.decide(0.0)
    assert retire == Retire(slot)
    assert isinstance(warm, Warm)
    assert warm.slot.profile == PIRATE


def test_replays_of_another_engine_are_returned_and_none_is_taken_that_was_planned_before() -> None:
    scheduler, another = pool(), replace(DEFAULT, engine="another")
    scheduler.replay(TALK, TALKING)
    assert scheduler.reconfigure(ONE_AT_A_TIME, another) == [TALK]
    scheduler.replay(TALK, TALKING)
    assert launch_ahead(scheduler).profile == another


def test_a_proof_gets_the_next_free_cores_before_those_who_wait() -> None:
    scheduler, trial = Scheduler(TWO_AT_ONCE, ONE_THREAD), Trial(1)
    first, second, waiting = [question(ONE_THREAD) for _ in range(3)]
    submitted(scheduler, first, second, waiting)
    scheduler.reserve(trial)
    assert scheduler.decide(0.0) == []
    scheduler.finish(first, 1.0)
    assert [action for action in scheduler.decide(1.0) if not isinstance(action, Retire)] == [Begin(trial)]
    assert set(scheduler.leases.held) == {second, trial}
    scheduler.end(trial)
    assert granted(scheduler.decide(2.0)) == [waiting]


def test_a_launch_ahead_gives_way_to_a_proof_which_can_be_given_up() -> None:
    scheduler, trial = pool(), Trial(2)
    slot = launch_ahead(scheduler)
    scheduler.reserve(trial)
    assert scheduler.decide(0.0) == [Retire(slot), Begin(trial)]
    assert scheduler.decide(0.0) == []
    other = Trial(2)
    scheduler.reserve(other)
    scheduler.end(other)
    scheduler.end(trial)
    assert launch_ahead(scheduler)


def test_a_paused_pool_grants_nothing_and_has_no_place_to_promise() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, queue=1))
    scheduler.paused = True
    first = question()
    assert granted(submitted(scheduler, first)) == []
    assert scheduler.estimate(1) is None
    with pytest.raises(QueueFull):
        scheduler.submit(question())
    scheduler.paused = False
    assert granted(scheduler.decide(1.0)) == [first]


def test_a_retired_process_is_ended_at_once_or_after_its_answer() -> None:
    scheduler, ticket = pool(), question()
    idle = standby(scheduler)
    assert scheduler.retire(idle)
    retire, warm = scheduler.decide(0.0)
    assert retire == Retire(idle)
    assert isinstance(warm, Warm)
    submitted(scheduler, ticket)
    assert ticket.slot is warm.slot
    assert not scheduler.retire(warm.slot)
    scheduler.finish(ticket, 1.0, TALK)
    assert warm.slot in retired(scheduler.decide(1.0))


def test_a_default_that_does_not_fit_is_not_tried_for_ever() -> None:
    scheduler = pool()
    slot = launch_ahead(scheduler)
    scheduler.died(slot, unfit=True)
    assert scheduler.decide(1.0) == [Retire(slot)]
    scheduler.reconfigure(ONE_AT_A_TIME, PIRATE)
    assert launch_ahead(scheduler).profile == PIRATE


OWNERS = ("Ann", "Bob", "Cleo")
SERVED = "was told something"
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


def conversation_of(owner: str, number: int) -> str:
    return f"{owner}/{number}"


def continues(number: int, seed: int | None = None, context_size: int = 2048) -> Profile:
    """Of a transcript that every owner could have."""
    return replace(DEFAULT, initial=f"transcript {number}", sampling=Sampling(seed=seed), context_size=context_size)


def limits_of(
    cores: int, instances: int, max_threads: int, standbys: int, residents: int, queue: int, share: int | None
) -> Limits:
    team = team_size(max_threads, instances, cores)
    places = min(instances, cores // team)
    return Limits(cores, places, team, standbys, residents, queue, share, resident_idle=IDLE)


class AnyOrder(RuleBasedStateMachine):
    """Reports of any kind in any order, decisions and changes in between, and what must hold after each.

    `told`: what the model knows of each process: None where it was told nothing, a conversation that it holds, SERVED
    while it works. It is kept apart from what the scheduler notes on the slots.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.limits: Limits
        self.default: Profile
        self.scheduler: Scheduler
        self.waiting: list[Ticket] = []
        self.granted: list[Ticket] = []
        self.told: dict[Slot, str | None] = {}
        self.retired: Counter[Slot] = Counter()
        self.launching: list[Slot] = []  # ahead; also those that a ticket has taken over, or that are to be ended
        self.replays: dict[str, Profile] = {}  # that may be launched: asked for, not there, not overtaken
        self.turns: dict[str, Counter[str]] = {}  # by owner who waits: grants to others since his own
        self.leased: dict[Holder, int] = {}  # cores, as many as a computation took when it began
        self.leaving: set[Slot] = set()  # that must not stay after their answers
        self.trials: list[Trial] = []  # that wait
        self.proving: list[Trial] = []
        self.most_serving = 0
        self.prompt = True  # decides after each report, as the pool does
        self.decided = False

    @initialize(
        cores=st.integers(1, 8),
        instances=st.sampled_from([1, 1, 2, 4, 8]),
        max_threads=st.sampled_from([4, 2, 1]),
        standbys=st.integers(0, 3),
        residents=st.integers(0, 8),
        queue=st.integers(0, 5),
        share=st.sampled_from([None, None, 1, 3]),
        prompt=st.sampled_from([True, True, False]),
    )
    def begin(
        self,
        cores: int,
        instances: int,
        max_threads: int,
        standbys: int,
        residents: int,
        queue: int,
        share: int | None,
        prompt: bool,
    ) -> None:
        self.prompt = prompt
        self.limits = limits_of(cores, instances, max_threads, standbys, residents, queue, share)
        self.default = replace(DEFAULT, engine="first", threads=self.limits.team)
        self.scheduler = Scheduler(self.limits, self.default)

    def planned(self, profile: Profile) -> Profile:
        """As a planner does: for the engine and the team of now, or for one thread where that was asked for."""
        threads = 1 if profile.threads == 1 else self.limits.team
        return replace(profile, engine=self.default.engine, threads=threads)

    # What can happen.

    @rule(owner=st.sampled_from(OWNERS), profile=st.sampled_from(BEGINNINGS), first=st.booleans())
    def begin_a_conversation(self, owner: str, profile: Profile, first: bool) -> None:
        self.submit(Ticket(owner, self.planned(profile), first=first))

    @rule(
        owner=st.sampled_from(OWNERS),
        number=st.integers(0, 2),
        seed=st.sampled_from([None, None, None, 7]),
        context_size=st.sampled_from([512, 2048]),
    )
    def continue_a_conversation(self, owner: str, number: int, seed: int | None, context_size: int) -> None:
        conversation = conversation_of(owner, number)
        profile = self.planned(continues(number, seed, context_size))
        self.submit(Ticket(owner, profile, conversation, first=False))

    @rule(owner=st.sampled_from(OWNERS))
    def edit_a_conversation(self, owner: str) -> None:
        self.submit(Ticket(owner, self.planned(continues(0)), f"{owner} edited", first=False))

    @rule(
        instances=st.sampled_from([1, 1, 2, 4, 8]),
        max_threads=st.sampled_from([4, 2, 1]),
        standbys=st.integers(0, 3),
        residents=st.integers(0, 8),
        queue=st.integers(0, 5),
        share=st.sampled_from([None, None, 1, 3]),
        engine=st.sampled_from(["first", "first", "first", "second"]),
        context_size=st.sampled_from([1024, 2048, 4096]),
        refused=st.sampled_from([0, 0, 1]),
    )
    def reconfigure(
        self,
        instances: int,
        max_threads: int,
        standbys: int,
        residents: int,
        queue: int,
        share: int | None,
        engine: str,
        context_size: int,
        refused: int,
    ) -> None:
        self.limits = limits_of(self.limits.cores, instances, max_threads, standbys, residents, queue, share)
        self.default = replace(self.default, engine=engine, threads=self.limits.team, context_size=context_size)
        for ticket in self.waiting[:refused]:
            self.scheduler.withdraw(ticket)
            self.left_the_queue(ticket)
        for ticket in self.waiting:
            ticket.profile = self.planned(ticket.profile)
        order, before = self.scheduler.waiting(), {slot: slot.role for slot in self.scheduler.slots}
        leases = {ticket: self.scheduler.leases.held[ticket] for ticket in self.granted}
        lost = self.scheduler.reconfigure(self.limits, self.default)
        assert self.scheduler.waiting() == order, "everybody keeps his place"
        assert {ticket: self.scheduler.leases.held[ticket] for ticket in self.granted} == leases
        self.check_what_stays(before)
        for conversation in lost:
            self.replays.pop(conversation, None)
            if not conversation.endswith("open"):
                self.replays[conversation] = self.planned(continues(int(conversation[-1])))
                self.scheduler.replay(conversation, self.replays[conversation])
        self.most_serving = len(self.granted)
        self.changed()

    def check_what_stays(self, before: dict[Slot, Role]) -> None:
        """Of use is what has the engine, no more threads than a team, and what requests ask for by default."""
        for slot, role in before.items():
            profile = slot.profile
            right = profile.engine == self.default.engine and profile.threads == self.limits.team
            useless = profile.engine != self.default.engine or profile.threads > self.limits.team
            if role is Role.SERVING:
                assert slot in self.scheduler.slots, "what runs goes on"
                if useless:
                    self.leaving.add(slot)
            elif useless:
                assert slot not in self.scheduler.slots
            elif role is Role.RESIDENT and right and profile.context_size >= self.default.context_size:
                assert slot in self.scheduler.slots

    @rule(paused=st.booleans())
    def pause_or_resume(self, paused: bool) -> None:
        self.scheduler.paused = paused
        self.changed()

    @rule(cores=st.integers(1, 4))
    def want_a_proof(self, cores: int) -> None:
        trial = Trial(min(cores, self.limits.team))
        self.scheduler.reserve(trial)
        self.trials.append(trial)
        self.changed()

    @precondition(lambda self: self.trials or self.proving)
    @rule(data=st.data())
    def end_a_proof(self, data: st.DataObject) -> None:
        trial = data.draw(st.sampled_from(self.trials + self.proving))
        self.scheduler.end(trial)
        (self.trials if trial in self.trials else self.proving).remove(trial)
        self.changed()

    @precondition(lambda self: self.scheduler.slots)
    @rule(data=st.data())
    def retire(self, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(self.scheduler.slots))
        self.launch_is_over(slot)
        answers = slot.role is Role.SERVING
        assert self.scheduler.retire(slot) is not answers
        if answers:
            self.leaving.add(slot)
        self.changed()

    @rule(warm=st.sampled_from([True, True, True, False]))
    def decide_now(self, warm: bool) -> None:
        self.decide(warm=warm)

    def changed(self) -> None:
        self.decided = False
        if self.prompt:
            self.decide()

    def decide(self, *, warm: bool = True) -> None:
        order = self.scheduler.waiting()
        before = {slot: (slot.role, slot.used_at) for slot in self.scheduler.slots}
        actions = self.scheduler.decide(self.now, warm=warm)
        grants = [action.ticket for action in actions if isinstance(action, Grant)]
        assert grants == order[: len(grants)], "positions are the order of the grants to come"
        assert self.scheduler.waiting() == order[len(grants) :]
        for action in actions:
            match action:
                case Grant(ticket):
                    self.check_grant(ticket, before)
                case Warm(slot):
                    self.check_warm(slot)
                    assert warm
                case Begin(trial):
                    assert trial is self.trials.pop(0)
                    self.proving.append(trial)
                    self.leased[trial] = trial.cores
                case Retire(slot):
                    self.retired[slot] += 1
        self.check_residents(before)
        self.decided = True

    @precondition(lambda self: self.granted)
    @rule(data=st.data(), seconds=st.integers(0, 10))
    def answer(self, data: st.DataObject, seconds: float) -> None:
        ticket = data.draw(st.sampled_from(self.granted))
        self.now += seconds
        self.finish(ticket, None)
        self.changed()

    @precondition(lambda self: self.granted)
    @rule(data=st.data(), number=st.integers(0, 2), cut=st.booleans())
    def answer_and_keep(self, data: st.DataObject, number: int, cut: bool) -> None:
        ticket = data.draw(st.sampled_from(self.granted))
        conversation = conversation_of(ticket.owner, number)
        self.finish(ticket, f"{conversation} open" if cut else conversation)
        if cut:
            if conversation not in [slot.conversation for slot in self.scheduler.slots]:
                self.replays[conversation] = self.planned(continues(number))
            self.scheduler.replay(conversation, self.planned(continues(number)))
            self.scheduler.replay(f"{ticket.owner} planned long ago", replace(continues(number), engine="another"))
        self.changed()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def give_up_waiting(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.waiting))
        self.scheduler.withdraw(ticket)
        self.left_the_queue(ticket)
        self.changed()

    @precondition(lambda self: self.granted)
    @rule(data=st.data())
    def die_unspoken(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.granted))
        dead = ticket.slot
        slot = self.scheduler.relaunch(ticket, self.now)
        assert slot is ticket.slot is not dead
        assert ticket.fresh
        assert slot.profile == ticket.profile
        assert slot not in self.told
        self.told[slot] = SERVED
        if dead in self.leaving:
            self.leaving.add(slot)
        self.changed()

    @precondition(lambda self: self.launching)
    @rule(data=st.data(), ready=st.sampled_from([True, True, False]))
    def launch_ends(self, data: st.DataObject, ready: bool) -> None:
        slot = data.draw(st.sampled_from(self.launching))
        self.launching.remove(slot)
        self.launch_is_over(slot)
        if ready:
            self.scheduler.warmed(slot, self.now)
        else:
            self.scheduler.died(slot)
        self.changed()

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def any_process_dies(self, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(list(self.told)))
        self.launch_is_over(slot)
        self.scheduler.died(slot)
        self.changed()

    @rule(seconds=st.sampled_from([0.5, 5.0, IDLE]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.changed()

    # What must hold.

    @invariant()
    def the_scheduler_knows_who_is_there(self) -> None:
        assert sorted(map(id, self.scheduler.waiting())) == sorted(map(id, self.waiting))
        assert self.scheduler.serving == self.granted
        self.most_serving = min(self.most_serving, len(self.granted))
        assert len(self.granted) <= max(self.limits.places, self.most_serving)
        assert [slot for slot in self.scheduler.slots if slot.role is Role.RETIRED] == []
        serving = [slot for slot in self.scheduler.slots if slot.role is Role.SERVING]
        assert sorted(map(id, serving)) == sorted(id(ticket.slot) for ticket in self.granted)

    @invariant()
    def cores_are_leased_once_and_by_whoever_computes(self) -> None:
        held = self.scheduler.leases.held
        warming = [slot for slot in self.scheduler.slots if slot.role is Role.WARMING]
        assert set(held) == {*self.granted, *warming, *self.proving}
        leased = [core for cores in held.values() for core in cores]
        assert len(leased) == len(set(leased)) == self.limits.cores - self.scheduler.leases.free
        assert set(leased) <= set(range(self.limits.cores))
        assert all(len(cores) == self.leased[holder] for holder, cores in held.items())

    @invariant()
    def launches_ahead_and_standbys_are_few(self) -> None:
        roles = Counter(slot.role for slot in self.scheduler.slots)
        assert roles[Role.WARMING] <= 1
        without = [slot for slot in self.scheduler.slots if slot.role in (Role.WARMING, Role.STANDBY)]
        if self.decided:
            assert len([slot for slot in without if slot.conversation is None]) <= self.limits.standbys

    @invariant()
    def nobody_waits_while_a_place_is_free(self) -> None:
        if self.decided:
            assert not self.waiting or not self.place_is_free()
            assert not self.trials or self.cores_within_reach() < self.trials[0].cores

    @invariant()
    def a_process_is_ended_once_when_it_has_left(self) -> None:
        there = set(self.scheduler.slots)
        assert set(self.retired.values()) <= {1}
        assert not there & set(self.retired)
        if self.decided:
            assert set(self.told) == there | set(self.retired)

    @invariant()
    def no_conversation_is_held_twice(self) -> None:
        held = [slot.conversation for slot in self.scheduler.slots if slot.conversation]
        assert len(held) == len(set(held))

    def teardown(self) -> None:
        if not hasattr(self, "scheduler"):
            return
        self.prompt = self.scheduler.paused = False
        while self.granted or self.waiting or self.trials or self.proving:
            self.decide(warm=False)
            assert self.granted or self.proving, "whoever waits gets his turn"
            for ticket in [*self.granted]:
                self.finish(ticket, None)
            for trial in [*self.proving]:
                self.scheduler.end(trial)
                self.proving.remove(trial)
        for slot in [*self.launching]:
            self.scheduler.warmed(slot, self.now)
        self.now += IDLE
        self.decide(warm=False)
        assert self.scheduler.leases.free == self.limits.cores
        assert self.scheduler.serving == []
        assert {slot.role for slot in self.scheduler.slots} <= {Role.STANDBY}
        self.a_process_is_ended_once_when_it_has_left()

    def submit(self, ticket: Ticket) -> None:
        full = len(self.waiting) >= self.limits.queue
        free = not self.waiting and self.place_is_free()
        own, longest = (
            self.waiting_of(ticket.owner),
            max((self.waiting_of(other.owner) for other in self.waiting), default=0),
        )
        try:
            displaced = self.scheduler.submit(ticket)
        except OwnerBusy:
            assert self.limits.owner_share is not None
            assert own + sum(other.owner == ticket.owner for other in self.granted) >= self.limits.owner_share
            return
        except QueueFull:
            assert full
            assert not free
            assert longest <= own + 1
            return
        if displaced:
            assert full
            assert self.waiting_of(displaced.owner) == longest > own + 1
            self.left_the_queue(displaced)
        else:
            assert free or not full
        self.waiting.append(ticket)
        self.turns.setdefault(ticket.owner, Counter())
        self.changed()

    def place_is_free(self) -> bool:
        free = len(self.granted) < self.limits.places and self.cores_within_reach() >= self.limits.team
        return free and not self.scheduler.paused

    def cores_within_reach(self) -> int:
        """All but those on which something runs that does not give way."""
        return self.limits.cores - sum(self.leased[holder] for holder in (*self.granted, *self.proving))

    def waiting_of(self, owner: str) -> int:
        return sum(ticket.owner == owner for ticket in self.waiting)

    def left_the_queue(self, ticket: Ticket) -> None:
        self.waiting.remove(ticket)
        if not any(other.owner == ticket.owner for other in self.waiting):
            del self.turns[ticket.owner]

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
            self.told[ticket.slot] = conversation
            self.replays.pop(conversation, None)

    def check_grant(self, ticket: Ticket, before: dict[Slot, tuple[Role, float]]) -> None:
        self.left_the_queue(ticket)
        self.granted.append(ticket)
        self.leased[ticket] = self.limits.team
        assert not self.scheduler.paused
        for owner, grants in self.turns.items():
            if owner != ticket.owner:
                grants[ticket.owner] += 1
                assert grants[ticket.owner] <= 1, "owners take turns"
        if ticket.owner in self.turns:
            self.turns[ticket.owner].clear()
        if ticket.conversation:
            self.replays.pop(ticket.conversation, None)
        slot = ticket.slot
        assert slot
        assert slot not in self.retired
        assert slot.profile.engine == ticket.profile.engine == self.default.engine
        assert ticket.granted_at == self.now
        if ticket.fresh:
            assert slot not in self.told
            assert slot.profile == ticket.profile
            self.check_nothing_fitted(ticket)
        else:
            assert ticket.profile.sampling.seed is None, "a given seed is always launched"
            assert slot.profile.goes_on(ticket.profile)
            role, _ = before[slot]
            told = self.told[slot]
            if told is None:
                assert role in (Role.STANDBY, Role.WARMING)
                assert slot.profile.initial == ticket.profile.initial
            else:
                assert role in (Role.RESIDENT, Role.WARMING)
                assert told == ticket.conversation, "a process serves one conversation"
        self.told[slot] = SERVED

    def check_nothing_fitted(self, ticket: Ticket) -> None:
        """Of the processes that are still there after the decision."""
        if ticket.profile.sampling.seed is not None:
            return
        for slot in self.scheduler.slots:
            if slot.role is Role.STANDBY:
                assert not slot.profile.starts(ticket.profile)
            if slot.role is Role.RESIDENT and slot.conversation == ticket.conversation:
                assert not slot.profile.goes_on(ticket.profile)

    def check_warm(self, slot: Slot) -> None:
        assert not self.waiting, "launches ahead only while nobody waits"
        assert slot not in self.told
        assert slot.role is Role.WARMING
        assert slot.profile.engine == self.default.engine
        self.leased[slot] = self.limits.team
        self.launching.append(slot)
        self.told[slot] = slot.conversation
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


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestAnyOrder = AnyOrder.TestCase
