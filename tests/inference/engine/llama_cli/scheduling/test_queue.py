"""The queue, and tickets that leave it."""

from __future__ import annotations

import pytest

from inference.engine.errors import CallerBusy, QueueFull
from inference.engine.llama_cli.scheduling.slots import Grant, Limits, Retire
from tests.inference.engine.llama_cli.scheduling.builders import pool, question, retired, standby, submitted


def test_callers_take_turns() -> None:
    scheduler = pool()
    [busy, *many] = [question(caller="Ann") for _ in range(4)]
    submitted(scheduler, busy, *many)
    bob = question(caller="Bob")
    scheduler.submit(bob)
    order = scheduler.waiting()
    assert order == [many[0], bob, many[1], many[2]]
    served = [busy]
    while scheduler.serving:
        scheduler.finish(served[-1], 1.0)
        served += [action.ticket for action in scheduler.decide(1.0) if isinstance(action, Grant)]
    assert served[1:] == order


def test_a_caller_that_returns_at_once_does_not_jump_the_queue() -> None:
    scheduler = pool()
    first = question(caller="Ann")
    submitted(scheduler, first, question(caller="Bob"), question(caller="Bob"))
    again = question(caller="Ann")
    scheduler.submit(again)
    assert [ticket.caller for ticket in scheduler.waiting()] == ["Bob", "Ann", "Bob"]


def test_a_full_queue_refuses_at_once_with_a_time_to_retry() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, queue=2))
    first, second, third = question(), question(), question(caller="Bob")
    submitted(scheduler, first)
    submitted(scheduler, second, third)
    with pytest.raises(QueueFull) as refusal:
        scheduler.submit(question(caller="Cleo"))
    assert refusal.value.retry_after == 1.0
    assert scheduler.waiting() == [second, third]
    scheduler.withdraw(second)
    scheduler.finish(first, 10.0)
    scheduler.decide(10.0)
    scheduler.submit(question())
    scheduler.submit(question(caller="Bob"))
    with pytest.raises(QueueFull) as refusal:
        scheduler.submit(question(caller="Cleo"))
    assert refusal.value.retry_after == 30.0  # three turns of ten seconds


def test_one_caller_cannot_keep_others_out_of_a_full_queue() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, queue=3))
    running, *many = [question(caller="Ann") for _ in range(4)]
    submitted(scheduler, running)
    submitted(scheduler, *many)
    first, second = question(caller="Bob"), question(caller="Bob")
    assert scheduler.submit(first) is many[-1]
    assert set(scheduler.waiting()) == {*many[:2], first}
    with pytest.raises(QueueFull):  # Ann has two, and Bob would have as many
        scheduler.submit(second)
    with pytest.raises(QueueFull):
        scheduler.submit(question(caller="Ann"))
    scheduler.withdraw(many[-1])  # a displaced ticket may be withdrawn as well
    assert set(scheduler.waiting()) == {*many[:2], first}


def test_a_caller_has_a_limit_on_waiting_and_running_requests() -> None:
    scheduler = pool(Limits(cores=2, places=1, team=2, per_caller=2))
    first, second = question(caller="Ann"), question(caller="Ann")
    submitted(scheduler, first, second)
    with pytest.raises(CallerBusy, match="the limit is 2"):
        scheduler.submit(question(caller="Ann"))
    bob = question(caller="Bob")
    scheduler.submit(bob)
    scheduler.finish(first, 10.0)
    scheduler.submit(question(caller="Ann"))
    with pytest.raises(CallerBusy) as refusal:
        scheduler.submit(question(caller="Ann"))
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


# Cancelled or crashed.


def test_a_withdrawn_ticket_leaves_the_queue() -> None:
    scheduler = pool()
    first, second = question(), question(caller="Bob")
    submitted(scheduler, first, second)
    scheduler.withdraw(second)
    scheduler.finish(first, 1.0)
    assert scheduler.waiting() == []
    assert second not in [action.ticket for action in scheduler.decide(1.0) if isinstance(action, Grant)]


def test_a_ticket_whose_process_crashed_keeps_its_cores_for_another_launch() -> None:
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
