"""Processes that hold conversations."""

from __future__ import annotations

from inference.engine.llama_cli.scheduling.slots import Grant, Limits, Retire
from tests.inference.engine.llama_cli.scheduling.builders import next_turn, pool, resident, retired, submitted


def test_the_resident_used_least_recently_makes_room() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, standbys=0, residents=2))
    oldest = resident(scheduler, "first", now=1.0)
    resident(scheduler, "second", now=2.0)
    assert resident(scheduler, "first", now=3.0) is oldest
    newest = resident(scheduler, "third", now=4.0)
    assert [slot.conversation for slot in retired(scheduler.decide(4.0))] == ["second"]
    assert scheduler.slots == [oldest, newest]


def test_a_resident_ends_after_the_idle_limit() -> None:
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


def test_a_crashed_resident_is_not_found() -> None:
    scheduler, ticket = pool(), next_turn()
    holder = resident(scheduler)
    scheduler.crashed(holder)
    assert submitted(scheduler, ticket) == [Retire(holder), Grant(ticket)]
    assert ticket.fresh
