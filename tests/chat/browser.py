"""A client of the page's own API, and conversations for it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from chat.accounts.owners import Owner, owner_of
from chat.models import Conversation, Message


class Browser:
    """Keeps its session, and sends the CSRF token as the page does. `user`: signs in, if given."""

    def __init__(self, user: Any = None, *, opens_page: bool = True) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.user = user
        if user:
            self.client.force_login(user)
        if opens_page:
            assert self.client.get("/").status_code == 200

    @property
    def owner(self) -> Owner:
        owner = owner_of(self.user or AnonymousUser(), self.client.session)
        assert owner
        return owner

    def send(self, method: str, path: str, body: Any = None, *, token: bool = True) -> HttpResponseBase:
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"].value} if token and self.has_token else {}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, path, content, "application/json", headers=headers)

    @property
    def has_token(self) -> bool:
        return "csrftoken" in self.client.cookies

    def get(self, path: str) -> Any:
        return self._answer("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self._answer("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self._answer("PATCH", path, body)

    def refused(self, method: str, path: str, body: Any = None, status: int = 400) -> dict[str, Any]:
        """Send a request that must fail; return its error."""
        response = self.send(method, path, body)
        assert response.status_code == status, response.content
        return response.json()

    def download(self, path: str) -> bytes:
        response = self.send("GET", path)
        assert response.status_code == 200
        return streamed(response)

    def _answer(self, method: str, path: str, body: Any = None) -> Any:
        response = self.send(method, path, body)
        assert response.status_code in (200, 201), response.content
        return response.json()


def streamed(response: Any) -> bytes:
    """Return the whole body of a streaming response."""

    async def read() -> bytes:
        return b"".join([chunk async for chunk in response])

    return async_to_sync(read)()


def conversation(owner: Owner, *texts: str, age: float = 0, **fields: Any) -> Conversation:
    """Create a conversation of alternating questions and answers, last used `age` seconds ago."""
    moment = timezone.now() - timedelta(seconds=age)
    row = Conversation.objects.create(**{"title": "Untitled", "updated_at": moment} | owner.fields | fields)
    parent = None
    for text in texts:
        parent = add(row, parent, text)
    if parent:
        row.leaf = parent
        row.save()
    return row


def add(conversation: Conversation, parent: Message | None, text: str, **fields: Any) -> Message:
    """Create a message below `parent`: an answer below a question, else a question."""
    answers = parent is not None and parent.role == Message.Role.USER
    role = Message.Role.ASSISTANT if answers else Message.Role.USER
    values = {"conversation": conversation, "parent": parent, "role": role, "text": text} | fields
    return Message.objects.create(**values)


def path_of(conversation: Conversation | UUID, *more: str) -> str:
    key = conversation if isinstance(conversation, UUID) else conversation.id
    return "/".join(["/chat/conversations", str(key), *more])
