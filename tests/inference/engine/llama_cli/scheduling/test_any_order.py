"""Invariants of the scheduler after any order of events."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis.stateful import invariant

from inference.engine.llama_cli.scheduling.slots import Role
from tests.engine_processes import examples
from tests.inference.engine.llama_cli.scheduling.any_order_rules import Events
from tests.inference.engine.llama_cli.scheduling.any_order_state import IDLE


class AnyOrder(Events):
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
    def cores_are_leased_once_and_to_each_computation(self) -> None:
        held = self.scheduler.leases.held
        warming = [slot for slot in self.scheduler.slots if slot.role is Role.WARMING]
        assert set(held) == {*self.granted, *warming, *self.proving}
        leased = [core for cores in held.values() for core in cores]
        assert len(leased) == len(set(leased)) == self.limits.cores - self.scheduler.leases.free
        assert set(leased) <= set(range(self.limits.cores))
        assert all(len(cores) == self.leased[holder] for holder, cores in held.items())

    @invariant()
    def prelaunches_and_standbys_are_few(self) -> None:
        roles = Counter(slot.role for slot in self.scheduler.slots)
        assert roles[Role.WARMING] <= 1
        without = [slot for slot in self.scheduler.slots if slot.role in (Role.WARMING, Role.STANDBY)]
        if self.decided:
            assert len([slot for slot in without if slot.conversation is None]) <= self.limits.standbys

    @invariant()
    def no_ticket_waits_while_a_place_is_free(self) -> None:
        if self.decided:
            assert not self.waiting or not self.place_is_free()
            assert not self.trials or self.cores_within_reach() < self.trials[0].cores

    @invariant()
    def a_process_is_ended_once_when_it_has_left(self) -> None:
        there = set(self.scheduler.slots)
        assert set(self.retired.values()) <= {1}
        assert not there & set(self.retired)
        if self.decided:
            assert set(self.contents) == there | set(self.retired)

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
            assert self.granted or self.proving, "every waiting ticket gets its turn"
            for ticket in [*self.granted]:
                self.finish(ticket, None)
            for trial in [*self.proving]:
                self.scheduler.end_trial(trial)
                self.proving.remove(trial)
        for slot in [*self.launching]:
            self.scheduler.prelaunched(slot, self.now)
        self.now += IDLE
        self.decide(warm=False)
        assert self.scheduler.leases.free == self.limits.cores
        assert self.scheduler.serving == []
        assert {slot.role for slot in self.scheduler.slots} <= {Role.STANDBY}
        self.a_process_is_ended_once_when_it_has_left()


AnyOrder.TestCase.settings = settings(max_examples=examples(150), stateful_step_count=60, deadline=None)
TestAnyOrder = AnyOrder.TestCase
