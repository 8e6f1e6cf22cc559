"""Tickets, processes in each role, and what a scheduler decided."""

from __future__ import annotations

from dataclasses import replace

from inference.engine.llama_cli.process.profile import Profile
from inference.engine.llama_cli.scheduling.scheduler import Scheduler
from inference.engine.llama_cli.scheduling.slots import Action, Grant, Limits, Prelaunch, Retire, Slot, Ticket
from inference.engine.types import Sampling

DEFAULT = Profile("Be brief.", "", "<|eot_id|>Assistant:", Sampling(), context_size=2048, threads=2)
PIRATE = replace(DEFAULT, initial="Talk like a pirate.")
POET = replace(DEFAULT, initial="Answer in verse.")
TALK = "digest of Ann's transcript"
TALKING = replace(DEFAULT, initial="Be brief. Ann's transcript")

ONE_AT_A_TIME = Limits(cores=2, places=1, team=2)
TWO_AT_ONCE = Limits(cores=2, places=2, team=1)
ONE_THREAD = replace(DEFAULT, threads=1)


def pool(limits: Limits = ONE_AT_A_TIME) -> Scheduler:
    return Scheduler(limits, DEFAULT)


def question(profile: Profile = DEFAULT, caller: str = "Ann") -> Ticket:
    return Ticket(caller, profile)


def next_turn(conversation: str = TALK, profile: Profile = TALKING, caller: str = "Ann") -> Ticket:
    return Ticket(caller, profile, conversation, first=False)


def submitted(scheduler: Scheduler, *tickets: Ticket) -> list[Action]:
    for ticket in tickets:
        scheduler.submit(ticket)
    return scheduler.decide(0.0)


def next_prelaunch(scheduler: Scheduler, now: float = 0.0) -> Slot:
    """Return the slot to launch ahead, which must be the only action."""
    [action] = scheduler.decide(now)
    assert isinstance(action, Prelaunch)
    return action.slot


def standby(scheduler: Scheduler) -> Slot:
    slot = next_prelaunch(scheduler)
    scheduler.prelaunched(slot, 0.0)
    return slot


def resident(scheduler: Scheduler, conversation: str = TALK, now: float = 0.0, caller: str = "Ann") -> Slot:
    """Return the slot of a process that answered and has held the conversation since `now`."""
    ticket = next_turn(conversation, caller=caller)
    scheduler.submit(ticket)
    scheduler.decide(now, prelaunch=False)
    scheduler.finish(ticket, now, conversation)
    assert ticket.slot
    return ticket.slot


def retired(actions: list[Action]) -> list[Slot]:
    return [action.slot for action in actions if isinstance(action, Retire)]


def granted(actions: list[Action]) -> list[Ticket]:
    return [action.ticket for action in actions if isinstance(action, Grant)]
