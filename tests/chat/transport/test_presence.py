"""Notifications to open pages: conversations that change, are removed, or move to another owner."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client

from chat.database import in_database
from chat.models import Conversation
from chat.transport import presence
from tests.chat.browser import conversation
from tests.chat.conftest import Engine
from tests.chat.transport.sockets import HOST, connected, page, question, refusing, sign_in, visitor_session

pytestmark = pytest.mark.django_db(transaction=True)


async def test_deleting_a_conversation_notifies_the_page_and_stops_its_answer(engine: Engine) -> None:
    engine("tokens=400", "seconds-per-token=0.05")
    key, _ = await in_database(visitor_session)
    client = Client(headers={"host": HOST})
    client.cookies[django_settings.SESSION_COOKIE_NAME] = key
    async with connected(key) as socket:
        saved = await socket.request("send", **question())
        await socket.until("text")
        assert (
            await in_database(client.delete, f"/chat/conversations/{saved['conversation']['id']}")
        ).status_code == 204
        assert (await socket.until("removed"))["conversation"] == saved["conversation"]["id"]
        refused = await socket.request("watch", message=saved["messages"][1]["id"], offset=0)
        assert refused["code"] == "not_found"


async def test_a_failed_deletion_does_not_stop_the_answer(engine: Engine) -> None:
    engine("tokens=400", "seconds-per-token=0.05")
    key, _ = await in_database(visitor_session)
    client = Client(headers={"host": HOST}, raise_request_exception=False)
    client.cookies[django_settings.SESSION_COOKIE_NAME] = key
    async with connected(key) as socket:
        saved = await socket.request("send", **question())
        await socket.until("text")
        async with refusing("UPDATE OF deleted_at", "chat_conversation", "kept"):
            path = f"/chat/conversations/{saved['conversation']['id']}"
            assert (await in_database(client.delete, path)).status_code == 500
        answer = saved["messages"][1]["id"]
        await socket.request("watch", message=answer, offset=0)
        before = (await socket.until("text"))["offset"]
        assert (await socket.until("text"))["offset"] > before
        await socket.request("stop", message=answer)


async def test_changes_over_http_are_sent_after_the_commit(engine: Engine) -> None:
    async with page() as (socket, owner):
        row = await in_database(conversation, owner, "One?", title="Before")

        def rename() -> None:
            Conversation.objects.filter(pk=row.pk).update(title="After")
            presence.notify_changed(row)

        await in_database(rename)
        assert (await socket.until("changed"))["conversation"]["title"] == "After"


async def test_a_mailbox_keeps_one_notification_per_conversation_up_to_a_limit(engine: Engine) -> None:
    key, owner = await in_database(visitor_session)
    mailbox = presence.enter(owner)
    try:
        for _ in range(3):
            for number in range(presence.MAX_NOTIFICATIONS):
                mailbox.put(UUID(int=number), "changed")
        assert await mailbox.get() == (UUID(int=0), "changed")  # each once
        for number in range(presence.MAX_NOTIFICATIONS + 1):
            mailbox.put(UUID(int=number), "removed")
        await asyncio.sleep(0)
        assert await mailbox.get() is None
    finally:
        presence.leave(owner, mailbox)
    assert key


async def test_a_running_answer_moves_to_the_user_when_its_visitor_signs_in(engine: Engine) -> None:
    engine("tokens=250", "seconds-per-token=0.1")
    _, users_key = await in_database(sign_in)
    user = await get_user_model().objects.aget()
    here = Client(headers={"host": HOST})
    await in_database(here.get, "/")
    visitors_key = here.cookies[django_settings.SESSION_COOKIE_NAME].value
    async with connected(users_key) as other, connected(visitors_key) as socket:
        assert (await other.next())["type"] == "hello"
        saved = await socket.request("send", **question())
        answer = saved["messages"][1]["id"]
        await socket.until("text")
        await in_database(here.force_login, user)
        changed = (await other.until("changed"))["conversation"]
        assert (changed["id"], changed["answering"]) == (saved["conversation"]["id"], True)
        assert (await other.request("watch", message=answer, offset=0))["type"] == "done"
        await other.until("text")
        assert (await other.request("stop", message=answer))["type"] == "done"
        assert (await other.until("finished"))["message"]["status"] == "stopped"
        assert not (await other.until("changed"))["conversation"]["answering"]
        await socket.send("stop", message=answer)
        assert await socket.closed() == 4401
