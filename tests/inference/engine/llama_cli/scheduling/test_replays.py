"""Conversations that are replayed in new processes."""

from __future__ import annotations

from inference.engine.llama_cli.scheduling.slots import Grant, Limits, Prelaunch, Retire, Role
from tests.inference.engine.llama_cli.scheduling.builders import (
    PIRATE,
    TALK,
    TALKING,
    next_prelaunch,
    next_turn,
    pool,
    question,
    resident,
    standby,
    submitted,
)


def test_a_replay_is_launched_before_standbys_and_then_holds_its_conversation() -> None:
    scheduler = pool()
    scheduler.replay(TALK, TALKING)
    slot = next_prelaunch(scheduler)
    assert (slot.profile, slot.conversation) == (TALKING, TALK)
    scheduler.prelaunched(slot, 1.0)
    assert slot.role is Role.RESIDENT
    ticket = next_turn()
    submitted(scheduler, ticket)
    assert ticket.slot is slot


def test_a_replay_is_taken_over_while_it_is_launched_by_its_own_conversation_only() -> None:
    scheduler = pool(Limits(cores=4, places=2, team=2))
    scheduler.replay(TALK, TALKING)
    slot = next_prelaunch(scheduler)
    other, own = next_turn("another", TALKING, "Bob"), next_turn()
    submitted(scheduler, other, own)
    assert other.fresh
    assert own.slot is slot


def test_a_replay_that_gave_way_is_retried() -> None:
    scheduler, ticket = pool(), question(PIRATE)
    scheduler.replay(TALK, TALKING)
    slot = next_prelaunch(scheduler)
    assert submitted(scheduler, ticket) == [Retire(slot), Grant(ticket)]
    scheduler.finish(ticket, 1.0)
    scheduler.decide(1.0, prelaunch=False)
    assert next_prelaunch(scheduler).conversation == TALK


def test_a_failed_replay_is_not_retried() -> None:
    scheduler = pool()
    scheduler.replay(TALK, TALKING)
    scheduler.crashed(next_prelaunch(scheduler))
    _, warm = scheduler.decide(1.0)
    assert isinstance(warm, Prelaunch)
    assert warm.slot.conversation is None


def test_a_conversation_that_was_continued_is_not_replayed() -> None:
    scheduler, ticket = pool(), next_turn()
    scheduler.replay(TALK, TALKING)
    submitted(scheduler, ticket)
    scheduler.finish(ticket, 1.0)
    scheduler.decide(1.0, prelaunch=False)
    assert next_prelaunch(scheduler).conversation is None


def test_a_conversation_that_a_process_holds_is_not_replayed() -> None:
    scheduler = pool()
    resident(scheduler)
    scheduler.replay(TALK, TALKING)
    ticket = question()
    submitted(scheduler, ticket)
    scheduler.replay("another", TALKING)
    scheduler.finish(ticket, 1.0, "another")
    assert next_prelaunch(scheduler).conversation is None


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
