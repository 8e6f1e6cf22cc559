"""Standbys: which are launched, when, and for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inference.engine.llama_cli.scheduling.placement import KEPT_FOR
from inference.engine.llama_cli.scheduling.slots import Grant, Limits, Prelaunch, Retire, Role, Ticket
from tests.inference.engine.llama_cli.scheduling.builders import (
    DEFAULT,
    ONE_THREAD,
    PIRATE,
    POET,
    TWO_AT_ONCE,
    next_prelaunch,
    next_turn,
    pool,
    question,
    standby,
    submitted,
)


def test_a_prelaunch_that_fits_is_taken_over() -> None:
    scheduler, ticket = pool(), question()
    slot = next_prelaunch(scheduler)
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    assert ticket.slot is slot
    assert not ticket.fresh
    scheduler.prelaunched(slot, 1.0)
    assert slot.role is Role.SERVING
    assert list(scheduler.leases.held) == [ticket]


def test_a_standby_that_is_ready_is_taken_before_one_that_is_launched() -> None:
    scheduler, ticket = pool(Limits(cores=4, places=1, team=2, standbys=2)), question()
    ready, coming = standby(scheduler), next_prelaunch(scheduler)
    submitted(scheduler, ticket)
    assert ticket.slot is ready
    assert coming.role is Role.WARMING


def test_a_prelaunch_that_does_not_fit_gives_its_cores_to_the_ticket() -> None:
    scheduler, ticket = pool(), question(PIRATE)
    slot = next_prelaunch(scheduler)
    assert submitted(scheduler, ticket) == [Retire(slot), Grant(ticket)]
    assert list(scheduler.leases.held) == [ticket]
    scheduler.crashed(slot)
    scheduler.prelaunched(slot, 1.0)
    assert slot.role is Role.RETIRED


def test_a_prelaunch_on_spare_cores_continues_beside_an_answer() -> None:
    scheduler, ticket = pool(Limits(cores=4, places=1, team=2)), question(PIRATE)
    slot = next_prelaunch(scheduler)
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    assert slot.role is Role.WARMING


def test_a_prelaunch_takes_no_lent_core_from_an_answer_that_has_just_begun() -> None:
    scheduler, ticket = pool(TWO_AT_ONCE), question()
    standby(scheduler)
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    assert scheduler.decide(KEPT_FOR - 0.1) == []
    assert next_prelaunch(scheduler, KEPT_FOR).profile == DEFAULT


def test_a_prelaunch_does_not_wait_for_an_answer_that_is_lent_nothing() -> None:
    scheduler, ticket = pool(TWO_AT_ONCE), question(ONE_THREAD)
    grant, launch = submitted(scheduler, ticket)
    assert grant == Grant(ticket)
    assert isinstance(launch, Prelaunch)


def test_a_prelaunch_begins_as_soon_as_a_short_answer_has_ended() -> None:
    scheduler, ticket = pool(TWO_AT_ONCE), question()
    standby(scheduler)
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 1.0)
    _, launch = scheduler.decide(1.0)
    assert isinstance(launch, Prelaunch)


def test_nothing_is_prelaunched_while_a_ticket_waits() -> None:
    scheduler = pool(Limits(cores=4, places=1, team=2))
    standby(scheduler)
    first, second = question(), question(PIRATE)
    assert submitted(scheduler, first, second) == [Grant(first)]
    scheduler.withdraw(second)
    assert next_prelaunch(scheduler).profile == DEFAULT


def test_nothing_is_prelaunched_while_launches_are_deferred() -> None:
    assert pool().decide(0.0, prelaunch=False) == []


def test_prelaunches_come_one_at_a_time() -> None:
    scheduler = pool(Limits(cores=8, places=1, team=2, standbys=3))
    slot = next_prelaunch(scheduler)
    assert scheduler.decide(1.0) == []
    scheduler.prelaunched(slot, 1.0)
    assert next_prelaunch(scheduler) is not slot


def test_a_crashed_standby_is_launched_again() -> None:
    scheduler = pool()
    slot = standby(scheduler)
    scheduler.crashed(slot)
    retire, warm = scheduler.decide(1.0)
    assert retire == Retire(slot)
    assert isinstance(warm, Prelaunch)


def test_standbys_are_for_the_default_profile_first_then_for_the_one_seen_last() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=3))
    for profile in (POET, PIRATE):
        ticket = question(profile)
        submitted(scheduler, ticket)
        scheduler.finish(ticket, 0.0)
    scheduler.decide(0.0, prelaunch=False)
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
        [warm] = [action for action in actions if isinstance(action, Prelaunch)]
        assert warm.slot.profile == profile
        scheduler.prelaunched(warm.slot, 0.0)
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
def test_no_standby_is_launched_for_a_profile_that_will_not_recur(ticket: Ticket) -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=2))
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 0.0)
    scheduler.decide(0.0, prelaunch=False)
    assert {standby(scheduler).profile, standby(scheduler).profile} == {DEFAULT}


def test_a_recent_profile_that_cannot_be_launched_is_tried_ahead_once() -> None:
    scheduler, ticket = pool(Limits(cores=2, places=1, team=2, standbys=2)), question(PIRATE)
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 0.0)
    scheduler.decide(0.0, prelaunch=False)
    standby(scheduler)
    slot = next_prelaunch(scheduler)
    assert slot.profile == PIRATE
    scheduler.crashed(slot)
    retire, warm = scheduler.decide(1.0)
    assert retire == Retire(slot)
    assert isinstance(warm, Prelaunch)
    assert warm.slot.profile == DEFAULT
