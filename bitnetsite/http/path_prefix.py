"""A server below a path of its host, as in `https://example.org/llm/`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class PathPrefix:
    """ASGI middleware that gives every path the prefix, which `root_path` names. Without a prefix it changes nothing.

    Paths without it are accepted too: those of a proxy that removes it, and of probes that know only the server.
    """

    def __init__(self, application: Application, prefix: str) -> None:
        self._application = application
        self._prefix = prefix

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if self._prefix and scope["type"] in ("http", "websocket"):
            path = scope["path"].removeprefix(self._prefix)
            if path[:1] not in ("", "/"):  # it only begins like the prefix
                path = scope["path"]
            scope = {**scope, "root_path": self._prefix, "path": self._prefix + (path or "/")}
        await self._application(scope, receive, send)
