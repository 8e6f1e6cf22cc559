"""The open connections: how many there are, whose they are, and which of them only wait for a request.

There is room for a new connection as long as descriptors are left and its address has not too many. Otherwise the
connection that has waited longest makes room: it sent nothing, half a request, or is kept for a next one. Those whose
request is being answered are never closed for others.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from bitnetsite.http.clients import limited_network

RESERVED: Final = 256  # descriptors for everything else: processes, database, files
FREED: Final = 16  # connections that are closed at once when the system has no descriptor left
LOG_INTERVAL: Final = 60.0  # seconds between two log lines about a lack of room

log = logging.getLogger(__name__)


def most_connections() -> int:
    """Return how many connections the limit on descriptors has room for."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return descriptors - min(RESERVED, descriptors // 2)


class OpenConnections:
    """At most `most` connections, and `most_of_one` of one address that is no trusted proxy's."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._networks: dict[asyncio.BaseTransport, str | None] = {}
        self._counts: Counter[str] = Counter()
        self._waiting: dict[asyncio.Transport, None] = {}  # those that wait longest first
        self._logged_at = -LOG_INTERVAL

    def make_room(self) -> bool:
        """Return whether another connection can be accepted."""
        return len(self._networks) < self._most or self._drop(lambda transport: True)

    def free_descriptors(self) -> bool:
        """Close waiting connections because no descriptor is left, and return whether there were any."""
        return sum(self._drop(lambda transport: True) for _ in range(FREED)) > 0

    def opened(self, transport: asyncio.Transport, address: str | None) -> bool:
        """Count a connection, and return whether its address may have it. It waits for a request."""
        network = limited_network(address)
        full = network is not None and self._counts[network] >= self._most_of_one
        if full and not self._drop(lambda other: self._networks[other] == network, network or ""):
            return False
        self._networks[transport] = network
        if network:
            self._counts[network] += 1
        self._waiting[transport] = None
        return True

    def closed(self, transport: asyncio.BaseTransport) -> None:
        """Forget a connection. Any number of times."""
        network = self._networks.pop(transport, None)
        self._waiting.pop(transport, None)  # type: ignore[call-overload]  # any key can be looked for
        if network:
            self._counts[network] -= 1
            if not self._counts[network]:
                del self._counts[network]

    def waits(self, transport: asyncio.Transport) -> None:
        """The connection waits for a request, or for the rest of one."""
        if transport in self._networks:
            self._waiting.setdefault(transport)

    def works(self, transport: asyncio.Transport) -> None:
        """A request has arrived completely."""
        self._waiting.pop(transport, None)

    def _drop(self, candidate: Callable[[asyncio.Transport], bool], network: str = "") -> bool:
        """End the connection that has waited longest. Return whether there was one."""
        oldest = next(filter(candidate, self._waiting), None)
        if time.monotonic() - self._logged_at >= LOG_INTERVAL:
            self._logged_at = time.monotonic()
            then = "The one that waits longest for a request is closed" if oldest else "New ones wait"
            whose = f" of {network} (MAX_CONNECTIONS_PER_ADDRESS)" if network else " (see ulimit -n)"
            log.warning("There is no room for more than %d connections%s. %s.", len(self._networks), whose, then)
        if oldest is None:
            return False
        self.closed(oldest)
        oldest.abort()
        return True
