"""A limit on the requests and websockets of one client at a time, also of clients behind a trusted proxy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from channels.security.websocket import WebsocketDenier

from bitnetsite.http.clients import limited_network
from bitnetsite.http.cors import is_preflight
from bitnetsite.http.refusal import Refusal, refuse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

TOO_MANY = Refusal(
    429, "too_many_connections", "This address has too many open requests. Wait until one has ended.", retry_after=1
)


class ClientLimit:
    """ASGI middleware that admits `most` requests and websockets of one client address at a time."""

    def __init__(self, application: Application, most: int) -> None:
        self._application = application
        self._most = most
        self._running: Counter[str] = Counter()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        network = limited_network(scope["client"][0]) if scope.get("client") else None
        if network is None or is_preflight(scope):
            await self._application(scope, receive, send)
        elif self._running[network] >= self._most:
            if scope["type"] == "websocket":
                await WebsocketDenier()(scope, receive, send)
            else:
                await refuse(TOO_MANY, scope, receive, send)
        else:
            self._running[network] += 1
            try:
                await self._application(scope, receive, send)
            finally:
                self._running[network] -= 1
                if not self._running[network]:
                    del self._running[network]
