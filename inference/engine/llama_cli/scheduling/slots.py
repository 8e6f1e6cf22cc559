"""The scheduler's state: slots for processes, tickets for requests, and the actions that it decides on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from inference.engine.llama_cli.process.profile import Profile


class Role(Enum):
    """The purpose of a slot's process. Only `Scheduler` changes it.

    | from              | event                                           | to       |
    | ----------------- | ----------------------------------------------- | -------- |
    | –                 | granted, and no process fits the ticket         | SERVING  |
    | –                 | prelaunch, or replay of a conversation          | WARMING  |
    | WARMING           | ready, without a conversation                   | STANDBY  |
    | WARMING           | ready, with a conversation                      | RESIDENT |
    | WARMING, STANDBY, | granted to a ticket that it fits                | SERVING  |
    | RESIDENT          |                                                 |          |
    | SERVING           | answer complete, the process holds conversation | RESIDENT |
    | any               | ended, crashed, expired, retired                | RETIRED  |
    """

    WARMING = "warming"  # launched ahead of demand
    STANDBY = "standby"  # ready for a new conversation with its profile
    SERVING = "serving"  # works on one ticket, launch included
    RESIDENT = "resident"  # idle, holds a conversation
    RETIRED = "retired"  # ended or about to end; never used again


@dataclass(eq=False)
class Slot:
    """One process, planned or launched. `conversation`: key of the transcript that it holds. `used_at`: seconds.

    `leaving`: it ends with its current answer, whatever it holds then.
    """

    profile: Profile
    role: Role
    used_at: float
    conversation: str | None = None
    leaving: bool = False

    def holds(self, conversation: str, engine: str) -> bool:
        """Return whether it holds a transcript, or is to hold it, for this engine; others may hold the same."""
        return self.conversation == conversation and self.profile.engine == engine


@dataclass(eq=False)
class Ticket:
    """A request as the scheduler sees it. Only `Scheduler` changes it.

    `profile`: what a launch for it would use, None until its model has been loaded. `conversation`: key of the
    transcript up to the new line, None if no process could hold it. `first`: it begins a conversation, so a standby
    with its profile is worth having. `slot`: None until it is granted and has a profile. `fresh`: its process is
    launched for it. `granted_at`: seconds, None while it is queued.
    """

    caller: str
    profile: Profile | None
    conversation: str | None = None
    first: bool = True
    slot: Slot | None = None
    fresh: bool = False
    granted_at: float | None = None


@dataclass(eq=False)
class Trial:
    """A throw-away process that proves a new configuration. `cores`: how many it computes on."""

    cores: int


LeaseHolder = Ticket | Slot | Trial


@dataclass(frozen=True, slots=True)
class Grant:
    """The ticket has cores, and a slot if it has a profile; else load its model, then report `assign`.

    Launch the process of a `fresh` ticket; others exist or are being launched.
    """

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Prelaunch:
    """Launch the slot's process ahead of demand, then report `prelaunched` or `crashed`."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Retire:
    """End the slot's process."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class BeginTrial:
    """The trial has its cores. Report `end_trial` once its process has ended."""

    trial: Trial


Action = Grant | Prelaunch | Retire | BeginTrial


@dataclass(frozen=True, slots=True)
class Limits:
    """`places`: concurrent answers. `team`: cores of one computation. `resident_idle`: seconds; the others: counts.

    `per_caller`: tickets of one caller that may wait or be served at once, None for no limit but the queue's.
    """

    cores: int
    places: int
    team: int
    standbys: int = 1
    residents: int = 8
    queue: int = 64
    per_caller: int | None = None
    resident_idle: float = 1800.0
