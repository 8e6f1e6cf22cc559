"""A page without a browser: its session over HTTP, and its sockets to a real server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.server import PATIENCE, Server


class Page:
    """One browser with a session of its own; a context manager."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = server.client()

    def __enter__(self) -> Self:
        self.http.get("/").raise_for_status()
        return self

    def __exit__(self, *exc: object) -> None:
        self.http.close()

    @property
    def cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    @contextmanager
    def socket(self, receive_buffer: int | None = None) -> Iterator[Socket]:
        """An open socket, after its hello. `receive_buffer`: bytes that the system buffers of unread data."""
        raw = socket.socket()
        if receive_buffer is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(PATIENCE)
        raw.connect(("127.0.0.1", self.server.port))
        raw.settimeout(None)
        url = f"ws://127.0.0.1:{self.server.port}/chat/socket"
        headers = {"Cookie": self.cookies}
        with connect(
            url,
            sock=raw,
            origin=self.server.url,
            additional_headers=headers,
            ping_interval=None,
            max_queue=1,
            close_timeout=1,
        ) as connection:  # type: ignore[arg-type]
            opened = Socket(connection)
            assert opened.next()["type"] == "hello"
            yield opened

    def form(self, path: str, **fields: str) -> None:
        """Submit a form of the account pages, which must succeed."""
        fields["csrfmiddlewaretoken"] = self.http.cookies["csrftoken"]
        response = self.http.post(path, data=fields, headers={"Referer": self.server.url})
        assert response.status_code == 302, response.text

    def messages(self, conversation: str) -> list[dict[str, Any]]:
        return self.http.get(f"/chat/conversations/{conversation}/messages").raise_for_status().json()["messages"]


class Socket:
    """Sends and receives frames."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._requests = 0

    def next(self) -> dict[str, Any]:
        return json.loads(self.connection.recv(PATIENCE))

    def until(self, kind: str) -> dict[str, Any]:
        while (frame := self.next())["type"] != kind:
            pass
        return frame

    def send(self, kind: str, **fields: Any) -> str:
        self._requests += 1
        frame = {"type": kind, "request": str(self._requests)} | fields
        self.connection.send(json.dumps(frame, default=str))
        return frame["request"]

    def request(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a frame; return the reply to it."""
        request = self.send(kind, **fields)
        while (frame := self.next()).get("request") != request:
            pass
        return frame

    def cut(self) -> None:
        """Cut the connection without a closing handshake, as a lost network does."""
        with suppress(OSError):  # The server may have cut it first.
            self.connection.socket.shutdown(socket.SHUT_RDWR)

    def close_code(self) -> int | None:
        """Wait until the server closes the socket; return the code."""
        try:
            while True:
                self.connection.recv(PATIENCE)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def question(**fields: Any) -> dict[str, Any]:
    """A question in a new conversation by default. Its answer may fill the context."""
    settings = {"max_tokens": 2000}
    return {"conversation": uuid4(), "message": uuid4(), "parent": None, "text": "Why?", "settings": settings} | fields
