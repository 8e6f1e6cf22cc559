"""Rules for the model of the scheduler: reports of any kind in any order, decisions and changes in between."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Role, Ticket, Trial
from tests.inference.engine.llama_cli.scheduling.any_order_state import (
    BEGINNINGS,
    CALLERS,
    IDLE,
    SERVED,
    SchedulerModel,
    continues,
    conversation_of,
    limits_of,
)
from tests.inference.engine.llama_cli.scheduling.builders import DEFAULT


class Events(SchedulerModel):
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

    @rule(caller=st.sampled_from(CALLERS), profile=st.sampled_from(BEGINNINGS), first=st.booleans())
    def begin_a_conversation(self, caller: str, profile: Profile, first: bool) -> None:
        self.submit(Ticket(caller, self.planned(profile), first=first))

    @rule(
        caller=st.sampled_from(CALLERS),
        number=st.integers(0, 2),
        seed=st.sampled_from([None, None, None, 7]),
        context_size=st.sampled_from([512, 2048]),
    )
    def continue_a_conversation(self, caller: str, number: int, seed: int | None, context_size: int) -> None:
        conversation = conversation_of(caller, number)
        profile = self.planned(continues(number, seed, context_size))
        self.submit(Ticket(caller, profile, conversation, first=False))

    @rule(caller=st.sampled_from(CALLERS))
    def edit_a_conversation(self, caller: str) -> None:
        self.submit(Ticket(caller, self.planned(continues(0)), f"{caller} edited", first=False))

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
        assert self.scheduler.waiting() == order, "every ticket keeps its place"
        assert {ticket: self.scheduler.leases.held[ticket] for ticket in self.granted} == leases
        self.check_what_stays(before)
        for conversation in lost:
            self.replays.pop(conversation, None)
            if not conversation.endswith("open"):
                self.replays[conversation] = self.planned(continues(int(conversation[-1])))
                self.scheduler.replay(conversation, self.replays[conversation])
        self.most_serving = len(self.granted)
        self.changed()

    @rule(paused=st.booleans())
    def pause_or_resume(self, paused: bool) -> None:
        self.scheduler.paused = paused
        self.changed()

    @rule(cores=st.integers(1, 4))
    def reserve_a_trial(self, cores: int) -> None:
        trial = Trial(min(cores, self.limits.team))
        self.scheduler.reserve(trial)
        self.trials.append(trial)
        self.changed()

    @precondition(lambda self: self.trials or self.proving)
    @rule(data=st.data())
    def end_a_trial(self, data: st.DataObject) -> None:
        trial = data.draw(st.sampled_from(self.trials + self.proving))
        self.scheduler.end_trial(trial)
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
        conversation = conversation_of(ticket.caller, number)
        self.finish(ticket, f"{conversation} open" if cut else conversation)
        if cut:
            if conversation not in [slot.conversation for slot in self.scheduler.slots]:
                self.replays[conversation] = self.planned(continues(number))
            self.scheduler.replay(conversation, self.planned(continues(number)))
            self.scheduler.replay(f"{ticket.caller} planned long ago", replace(continues(number), engine="another"))
        self.changed()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def withdraw_a_waiting_ticket(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.waiting))
        self.scheduler.withdraw(ticket)
        self.left_the_queue(ticket)
        self.changed()

    @precondition(lambda self: self.granted)
    @rule(data=st.data())
    def crash_before_the_first_token(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.granted))
        dead = ticket.slot
        slot = self.scheduler.relaunch(ticket, self.now)
        assert slot is ticket.slot is not dead
        assert ticket.fresh
        assert slot.profile == ticket.profile
        assert slot not in self.contents
        self.contents[slot] = SERVED
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
            self.scheduler.prelaunched(slot, self.now)
        else:
            self.scheduler.crashed(slot)
        self.changed()

    @precondition(lambda self: self.contents)
    @rule(data=st.data())
    def any_process_crashes(self, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(list(self.contents)))
        self.launch_is_over(slot)
        self.scheduler.crashed(slot)
        self.changed()

    @rule(seconds=st.sampled_from([0.5, 5.0, IDLE]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.changed()
