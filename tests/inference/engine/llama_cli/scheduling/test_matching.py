"""Which process a ticket gets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inference.engine.llama_cli.scheduling.slots import Grant, Limits, Role
from inference.engine.types import Sampling
from tests.inference.engine.llama_cli.scheduling.builders import (
    DEFAULT,
    PIRATE,
    TALK,
    TALKING,
    next_turn,
    pool,
    question,
    resident,
    retired,
    standby,
    submitted,
)


def test_a_standby_takes_a_new_conversation_at_once() -> None:
    scheduler, ticket = pool(), question()
    slot = standby(scheduler)
    assert submitted(scheduler, ticket) == [Grant(ticket)]
    assert ticket.slot is slot
    assert not ticket.fresh


def test_without_a_fitting_process_one_is_launched_for_the_ticket() -> None:
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


def test_a_conversation_that_began_with_a_seed_continues_without_one_in_its_process() -> None:
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
def test_a_process_serves_what_its_launch_allows_and_a_smaller_context(change: dict[str, object], fits: bool) -> None:
    scheduler = pool()
    ready, holder = standby(scheduler), resident(scheduler)
    turn = next_turn(profile=replace(TALKING, **change))  # type: ignore[arg-type]
    submitted(scheduler, turn)
    assert (turn.slot is holder) is fits
    scheduler.finish(turn, 1.0)
    first = question(replace(DEFAULT, **change))  # type: ignore[arg-type]
    submitted(scheduler, first)
    assert (first.slot is ready) is fits
