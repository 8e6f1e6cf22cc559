"""Let only pages of this server open sockets: a browser sends its cookies whichever page opens one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


class SameOrigin:
    """ASGI middleware that refuses sockets (403) whose Origin is missing or differs from their Host.

    The rules are those of Django's CSRF check: the host must be in ALLOWED_HOSTS, and origins in CSRF_TRUSTED_ORIGINS
    are accepted as well. `*` in ALLOWED_HOSTS accepts every host name, but no other origin.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        application = (
            self._application
            if _is_same_origin(headers.get(b"origin"), headers.get(b"host", ""))
            else WebsocketDenier()
        )
        await application(scope, receive, send)


def _is_same_origin(origin: str | None, host: str) -> bool:
    try:
        asked, here = urlsplit(origin or ""), urlsplit(f"//{host}")
        port = here.port  # raises ValueError where it is not a number
    except ValueError:
        return False
    if not asked.netloc or not validate_host(_host_name(host, port), settings.ALLOWED_HOSTS):
        return False
    return asked.netloc.lower() == host.lower() or origin in settings.CSRF_TRUSTED_ORIGINS


def _host_name(host: str, port: int | None) -> str:
    name = host.lower().removesuffix(f":{port}") if port is not None else host.lower()
    return name.removesuffix(".")
