"""A change of the configuration, a pause, and processes that are retired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from inference.engine.errors import QueueFull
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import BeginTrial, Limits, Prelaunch, Retire, Role, Ticket, Trial
from tests.inference.engine.llama_cli.scheduling.builders import (
    DEFAULT,
    ONE_AT_A_TIME,
    ONE_THREAD,
    PIRATE,
    TALK,
    TALKING,
    TWO_AT_ONCE,
    granted,
    next_prelaunch,
    pool,
    question,
    retired,
    standby,
    submitted,
)


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
    assert retired(scheduler.decide(0.0, prelaunch=False)) == ([] if lasts else [ticket.slot])


def test_processes_of_different_engines_have_nothing_in_common() -> None:
    other = replace(DEFAULT, engine="another")
    assert not DEFAULT.can_continue(other)
    assert not DEFAULT.can_start(other)


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


def test_smaller_teams_are_granted_beside_a_larger_one_while_cores_last() -> None:
    scheduler = Scheduler(Limits(cores=3, places=1, team=2), DEFAULT)
    running = question()
    submitted(scheduler, running)
    scheduler.reconfigure(Limits(cores=3, places=3, team=1), ONE_THREAD)
    tickets = [question(ONE_THREAD) for _ in range(2)]
    assert granted(submitted(scheduler, *tickets)) == tickets[:1]
    scheduler.finish(running, 1.0)
    assert granted(scheduler.decide(1.0)) == tickets[1:]


def test_a_running_answer_survives_a_change_and_its_process_then_ends() -> None:
    scheduler, ticket = pool(), question()
    submitted(scheduler, ticket)
    assert scheduler.reconfigure(ONE_AT_A_TIME, replace(DEFAULT, engine="another")) == []
    assert retired(scheduler.decide(0.0)) == []
    again = scheduler.relaunch(ticket, 1.0)
    scheduler.finish(ticket, 2.0, TALK)
    assert again in retired(scheduler.decide(2.0))


def test_a_prelaunch_for_an_old_profile_is_ended() -> None:
    scheduler = pool()
    slot = next_prelaunch(scheduler)
    scheduler.reconfigure(ONE_AT_A_TIME, PIRATE)
    retire, warm = scheduler.decide(0.0)
    assert retire == Retire(slot)
    assert isinstance(warm, Prelaunch)
    assert warm.slot.profile == PIRATE


def test_replays_of_another_engine_are_returned_and_later_ones_refused() -> None:
    scheduler, another = pool(), replace(DEFAULT, engine="another")
    scheduler.replay(TALK, TALKING)
    assert scheduler.reconfigure(ONE_AT_A_TIME, another) == [TALK]
    scheduler.replay(TALK, TALKING)
    assert next_prelaunch(scheduler).profile == another


def test_a_trial_gets_the_next_free_cores_before_waiting_tickets() -> None:
    scheduler, trial = Scheduler(TWO_AT_ONCE, ONE_THREAD), Trial(1)
    first, second, waiting = [question(ONE_THREAD) for _ in range(3)]
    submitted(scheduler, first, second, waiting)
    scheduler.reserve(trial)
    assert scheduler.decide(0.0) == []
    scheduler.finish(first, 1.0)
    assert [action for action in scheduler.decide(1.0) if not isinstance(action, Retire)] == [BeginTrial(trial)]
    assert set(scheduler.leases.held) == {second, trial}
    scheduler.end_trial(trial)
    assert granted(scheduler.decide(2.0)) == [waiting]


def test_a_prelaunch_gives_way_to_a_trial_that_can_be_cancelled() -> None:
    scheduler, trial = pool(), Trial(2)
    slot = next_prelaunch(scheduler)
    scheduler.reserve(trial)
    assert scheduler.decide(0.0) == [Retire(slot), BeginTrial(trial)]
    assert scheduler.decide(0.0) == []
    other = Trial(2)
    scheduler.reserve(other)
    scheduler.end_trial(other)
    scheduler.end_trial(trial)
    assert next_prelaunch(scheduler)


def test_a_paused_pool_grants_nothing_and_gives_no_estimate() -> None:
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
    assert isinstance(warm, Prelaunch)
    submitted(scheduler, ticket)
    assert ticket.slot is warm.slot
    assert not scheduler.retire(warm.slot)
    scheduler.finish(ticket, 1.0, TALK)
    assert warm.slot in retired(scheduler.decide(1.0))


def test_a_default_that_does_not_fit_is_not_retried_forever() -> None:
    scheduler = pool()
    slot = next_prelaunch(scheduler)
    scheduler.crashed(slot, unfit=True)
    assert scheduler.decide(1.0) == [Retire(slot)]
    scheduler.reconfigure(ONE_AT_A_TIME, PIRATE)
    assert next_prelaunch(scheduler).profile == PIRATE
