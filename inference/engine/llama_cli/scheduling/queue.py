"""The queue: callers take turns, so that a burst of one caller delays another caller by at most one turn."""

from __future__ import annotations

from collections import OrderedDict, deque
from itertools import zip_longest

from .slots import Ticket


class FairQueue:
    """Tickets by caller. The caller whose turn is next comes first; each caller's tickets keep their order."""

    def __init__(self) -> None:
        self._by_caller: OrderedDict[str, deque[Ticket]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._by_caller.values()))

    def __contains__(self, ticket: Ticket) -> bool:
        return ticket in self._by_caller.get(ticket.caller, ())

    def tickets(self) -> list[Ticket]:
        """Return the tickets in the order in which `take` will return them."""
        rounds = zip_longest(*self._by_caller.values())
        return [ticket for tickets in rounds for ticket in tickets if ticket]

    def count(self, caller: str) -> int:
        """Return the number of one caller's tickets."""
        return len(self._by_caller.get(caller, ()))

    def add(self, ticket: Ticket) -> None:
        self._by_caller.setdefault(ticket.caller, deque()).append(ticket)

    def remove(self, ticket: Ticket) -> None:
        """Remove a ticket if it is queued."""
        if ticket in self:
            self._by_caller[ticket.caller].remove(ticket)
        if not self.count(ticket.caller):
            self._by_caller.pop(ticket.caller, None)

    def take(self) -> Ticket:
        """Remove and return the next ticket, and move its caller to the end."""
        caller, tickets = next(iter(self._by_caller.items()))
        ticket = tickets.popleft()
        if tickets:
            self._by_caller.move_to_end(caller)
        else:
            del self._by_caller[caller]
        return ticket

    def displace(self, caller: str) -> Ticket | None:
        """Make room for one more ticket of `caller`.

        Remove and return the newest ticket of the caller with the most tickets, or None if `caller` would then have as
        many as that caller keeps.
        """
        longest = max(self._by_caller.values(), key=len, default=deque[Ticket]())
        return longest.pop() if len(longest) > self.count(caller) + 1 else None
