"""Sockets of the chat in this process: to open them, and to send and receive frames."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import uuid4

from channels.sessions import CookieMiddleware
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client

from bitnetsite.asgi import application
from chat.accounts.owners import VISITOR, Owner
from chat.database import in_database
from chat.transport.consumer import ChatConsumer

PATIENCE: Final = 60.0  # seconds
HOST: Final = "localhost:8000"


class Socket:
    """An open socket of a page."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self._requests = 0

    async def next(self) -> dict[str, Any]:
        text = await self.communicator.receive_from(PATIENCE)
        return json.loads(text.encode())  # a server sends UTF-8, and not every string can be encoded

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Return the next frame of this type with these fields."""
        while True:
            frame = await self.next()
            if frame["type"] == kind and fields.items() <= frame.items():
                return frame

    async def send(self, kind: str, **fields: Any) -> str:
        """Send a frame; return its `request`."""
        self._requests += 1
        frame = {"type": kind, "request": str(self._requests)} | fields
        await self.communicator.send_to(text_data=json.dumps(frame, default=str))
        return frame["request"]

    async def request(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a frame; return the reply to it."""
        request = await self.send(kind, **fields)
        while True:
            frame = await self.next()
            if frame.get("request") == request:
                return frame

    async def closed(self) -> int:
        """Wait until the server closes the socket; return the code."""
        while True:
            message = await self.communicator.receive_output(PATIENCE)
            if message["type"] == "websocket.close":
                return message["code"]

    async def text_of(self, answer: str, offset: int = 0) -> str:
        """Return all text of an answer that the socket follows, until its end."""
        text = ""
        while True:
            frame = await self.next()
            if frame["type"] == "text" and frame["message"] == answer:
                text += frame["text"]
                assert frame["offset"] == offset + len(text)
            if frame["type"] == "finished" and frame["message"]["id"] == answer:
                return text


def new_session(**values: Any) -> str:
    store = SessionStore()
    store.update(values)
    store.create()
    assert store.session_key
    return store.session_key


def visitor_session() -> tuple[str, Owner]:
    visitor = uuid4()
    return new_session(**{VISITOR: str(visitor)}), Owner(visitor=visitor)


def sign_in() -> tuple[Client, str]:
    """Return a signed-in client and the key of its session."""
    user = get_user_model().objects.create_user(f"user{uuid4().hex}", password="a long one")  # noqa: S106
    client = Client()
    client.force_login(user)
    return client, client.cookies[django_settings.SESSION_COOKIE_NAME].value


@asynccontextmanager
async def connected(key: str | None, **options: Any) -> AsyncIterator[Socket]:
    """A socket with this session's cookie. `options`: of a consumer of its own, in place of the server's."""
    headers = [(b"host", HOST.encode()), (b"origin", f"http://{HOST}".encode())]
    if key:
        headers.append((b"cookie", f"{django_settings.SESSION_COOKIE_NAME}={key}".encode()))
    served = CookieMiddleware(ChatConsumer.as_asgi(**options)) if options else application
    communicator = WebsocketCommunicator(served, "/chat/socket", headers)
    try:
        accepted, _ = await communicator.connect(PATIENCE)
        assert accepted
        yield Socket(communicator)
    finally:
        await communicator.disconnect(timeout=PATIENCE)


@asynccontextmanager
async def page(**options: Any) -> AsyncIterator[tuple[Socket, Owner]]:
    """A visitor's socket, after its hello."""
    key, owner = await in_database(visitor_session)
    async with connected(key, **options) as socket:
        assert (await socket.next())["type"] == "hello"
        yield socket, owner


def question(**fields: Any) -> dict[str, Any]:
    return {"conversation": uuid4(), "message": uuid4(), "parent": None, "text": "Why?"} | fields


def rename_table(table: str, name: str) -> None:
    execute(f"ALTER TABLE {table} RENAME TO {name}")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@asynccontextmanager
async def refusing(event: str, table: str, message: str) -> AsyncIterator[None]:
    """Have the database refuse an event, such as `INSERT`, with an integrity error."""
    if connection.vendor == "postgresql":
        fail = f"RAISE integrity_constraint_violation USING MESSAGE = '{message}'"
        await in_database(
            execute, f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {fail}; END $$"
        )
        action, drop = "FOR EACH ROW EXECUTE FUNCTION refuse()", "DROP FUNCTION refuse CASCADE"
    else:
        action, drop = f"BEGIN SELECT RAISE(ABORT, '{message}'); END", "DROP TRIGGER refusing"
    await in_database(execute, f"CREATE TRIGGER refusing BEFORE {event} ON {table} {action}")
    try:
        yield
    finally:
        await in_database(execute, drop)
