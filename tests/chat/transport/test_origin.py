"""Which pages may open sockets, and where."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from bitnetsite.asgi import application
from tests.chat.transport.sockets import HOST, PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "answer"),
    [
        ("http://localhost:8000", "localhost:8000", ["localhost"], True),
        ("https://chat.lan", "chat.lan", ["*"], True),
        ("http://192.168.1.5:8000", "192.168.1.5:8000", ["*"], True),
        ("http://[::1]:8000", "[::1]:8000", ["[::1]"], True),
        ("https://trusted.example", "localhost:8000", ["localhost"], True),
        (None, "localhost:8000", ["*"], False),
        ("null", "localhost:8000", ["*"], False),
        ("", "localhost:8000", ["*"], False),
        ("http://evil.example", "localhost:8000", ["*"], False),
        ("http://localhost:9000", "localhost:8000", ["*"], False),
        ("http://localhost:8000.evil.example", "localhost:8000", ["*"], False),
        ("http://other.lan", "other.lan", ["localhost"], False),
        ("http://[", "localhost:8000", ["*"], False),
        ("http://localhost:8000", "localhost:port", ["*"], False),
    ],
)
@pytest.mark.promise(25)
async def test_only_pages_of_this_server_open_sockets(
    settings: Any, origin: str | None, host: str, allowed: list[str], answer: bool
) -> None:
    settings.ALLOWED_HOSTS = allowed
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example"]
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin is not None else [])
    communicator = WebsocketCommunicator(application, "/chat/socket", headers)
    accepted, _ = await communicator.connect(PATIENCE)
    await communicator.disconnect(timeout=PATIENCE)
    assert accepted is answer


async def test_another_path_is_refused() -> None:
    headers = [(b"host", HOST.encode()), (b"origin", f"http://{HOST}".encode())]
    communicator = WebsocketCommunicator(application, "/chat/other", headers)
    accepted, _ = await communicator.connect(PATIENCE)
    await communicator.disconnect(timeout=PATIENCE)
    assert not accepted
