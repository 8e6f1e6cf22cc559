"""What the scheduler decides over: slots for processes, tickets for requests, and the actions that follow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from inference.engine.llama_cli.process.profile import Profile


class Role(Enum):
    """What a slot's process is there for; `Scheduler` alone moves it on."""

    WARMING = "warming"  # launched ahead, to become a standby or, with a conversation replayed, a resident
    STANDBY = "standby"  # ready, for whoever starts a conversation with its profile
    SERVING = "serving"  # works on one ticket, its launch included
    RESIDENT = "resident"  # idle, holds a conversation
    RETIRED = "retired"  # ended or about to be; never used again


@dataclass(eq=False)
class Slot:
    """One process, wanted or there. `conversation`: key of the transcript that it holds. `used_at`: seconds.

    `leaving`: it ends with the answer that it works on, whatever it holds then.
    """

    profile: Profile
    role: Role
    used_at: float
    conversation: str | None = None
    leaving: bool = False


@dataclass(eq=False)
class Ticket:
    """One request's place in the queue and then at a process.

    `profile`: what a launch for it would use. `conversation`: key of the transcript up to the new line, None where no
    process could hold it. `first`: it begins a conversation, so a standby of its profile is worth having. `fresh`: its
    slot's process is launched for it.
    """

    owner: str
    profile: Profile
    conversation: str | None = None
    first: bool = True
    slot: Slot | None = None
    fresh: bool = False
    granted_at: float | None = None


@dataclass(eq=False)
class Trial:
    """A throw-away process that is to prove a new configuration. `cores`: that it computes on."""

    cores: int


Holder = Ticket | Slot | Trial  # of a lease on cores


@dataclass(frozen=True, slots=True)
class Grant:
    """The ticket has a slot and its cores. A `fresh` ticket's process is to be launched, others are there or coming."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Warm:
    """Launch the slot's process ahead, then report `warmed` or `died`."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Retire:
    """End the slot's process."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Begin:
    """The trial has its cores. Report `end` once its process is gone."""

    trial: Trial


Action = Grant | Warm | Retire | Begin


@dataclass(frozen=True, slots=True)
class Limits:
    """`places`: answers at once. `team`: cores that a computation takes. The others: processes, requests, seconds.

    `owner_share`: tickets of one owner that may wait or be served at once; None: no limit but the queue's.
    """

    cores: int
    places: int
    team: int
    standbys: int = 1
    residents: int = 8
    queue: int = 64
    owner_share: int | None = None
    resident_idle: float = 1800.0
