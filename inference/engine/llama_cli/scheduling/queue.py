"""The tickets that wait: owner by owner in turn, so that one who asks for much delays another by one turn."""

from __future__ import annotations

from collections import OrderedDict, deque
from itertools import zip_longest

from .slots import Ticket


class FairQueue:
    """The owner whose turn is next comes first; each owner's tickets in the order in which they came."""

    def __init__(self) -> None:
        self._by_owner: OrderedDict[str, deque[Ticket]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._by_owner.values()))

    def __contains__(self, ticket: Ticket) -> bool:
        return ticket in self._by_owner.get(ticket.owner, ())

    def tickets(self) -> list[Ticket]:
        """In the order in which `take` will return them."""
        rounds = zip_longest(*self._by_owner.values())
        return [ticket for tickets in rounds for ticket in tickets if ticket]

    def count(self, owner: str) -> int:
        """Tickets of one owner."""
        return len(self._by_owner.get(owner, ()))

    def add(self, ticket: Ticket) -> None:
        self._by_owner.setdefault(ticket.owner, deque()).append(ticket)

    def remove(self, ticket: Ticket) -> None:
        """Nothing where it is not there."""
        if ticket in self:
            self._by_owner[ticket.owner].remove(ticket)
        if not self.count(ticket.owner):
            self._by_owner.pop(ticket.owner, None)

    def take(self) -> Ticket:
        """The next ticket; its owner comes last then."""
        owner, tickets = next(iter(self._by_owner.items()))
        ticket = tickets.popleft()
        if tickets:
            self._by_owner.move_to_end(owner)
        else:
            del self._by_owner[owner]
        return ticket

    def displace(self, owner: str) -> Ticket | None:
        """Make room for one more of `owner`: the newest ticket of who has the most, if he has fewer then; else None."""
        longest = max(self._by_owner.values(), key=len, default=deque[Ticket]())
        return longest.pop() if len(longest) > self.count(owner) + 1 else None
