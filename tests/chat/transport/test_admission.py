"""Which sockets are admitted, and when they are closed: sessions, limits, floods."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from chat.database import in_database
from chat.models import Message
from chat.transport.limits import SocketLimits
from tests.chat.conftest import Engine
from tests.chat.transport.sockets import PATIENCE, connected, page, question, sign_in, visitor_session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("key", [None, "unknown"])
async def test_a_socket_without_a_session_is_closed_with_its_reason(engine: Engine, key: str | None) -> None:
    async with connected(key) as socket:
        assert await socket.closed() == 4401


async def test_visitors_are_refused_where_login_is_required(engine: Engine, settings: Any) -> None:
    settings.REQUIRE_LOGIN = True
    key, _ = await in_database(visitor_session)
    async with connected(key) as socket:
        assert await socket.closed() == 4401


def change_password(client: Client) -> None:
    user = get_user_model().objects.get(pk=client.session["_auth_user_id"])
    user.set_password("another long one")
    user.save()


def close_account(client: Client) -> None:
    get_user_model().objects.filter(pk=client.session["_auth_user_id"]).update(is_active=False)


@pytest.mark.parametrize("end", [Client.logout, change_password, close_account])
async def test_a_socket_whose_session_has_ended_is_closed_at_its_next_frame(
    engine: Engine, end: Callable[[Client], None]
) -> None:
    client, key = await in_database(sign_in)
    async with connected(key) as socket:
        await socket.next()
        assert (await socket.request("ping"))["type"] == "done"
        await in_database(end, client)
        await socket.send("send", **question())
        assert await socket.closed() == 4401
        await socket.send("send", **question())
    assert await Message.objects.acount() == 0


@pytest.mark.parametrize("end", [Client.logout, change_password])
async def test_a_silent_socket_whose_session_has_ended_is_closed(engine: Engine, end: Callable[[Client], None]) -> None:
    """A deleted session requests a check at once; a changed password is found by polling."""
    session_check = 0.05 if end is change_password else 10 * PATIENCE
    client, key = await in_database(sign_in)
    async with connected(key, session_check=session_check) as socket:
        assert (await socket.next())["type"] == "hello"
        await in_database(end, client)
        assert await socket.closed() == 4401


async def test_frames_that_come_too_fast_are_refused_and_a_flood_closes_the_socket(engine: Engine) -> None:
    limits = SocketLimits(frames_per_second=0.001, max_refused=5)
    async with page(limits=limits) as (socket, _):
        for _ in range(limits.burst):
            assert (await socket.request("ping"))["type"] == "done"
        for _ in range(6):
            await socket.send("ping")
            assert (await socket.next())["code"] == "too_fast"
        assert await socket.closed() == 4429


@pytest.mark.promise(29)
async def test_an_owner_has_a_limited_number_of_sockets(engine: Engine) -> None:
    limits = SocketLimits(per_owner=2)
    key, _ = await in_database(visitor_session)
    async with AsyncExitStack() as sockets:
        for _ in range(2):
            socket = await sockets.enter_async_context(connected(key, limits=limits))
            assert (await socket.next())["type"] == "hello"
        async with connected(key, limits=limits) as socket:
            assert await socket.closed() == 4429
        async with page(limits=limits):
            pass
    async with connected(key, limits=limits) as socket:  # the others are gone
        assert (await socket.next())["type"] == "hello"


async def test_an_address_has_a_limited_number_of_sockets(engine: Engine) -> None:
    limits = SocketLimits(per_address=1)
    async with page(limits=limits):
        key, _ = await in_database(visitor_session)
        async with connected(key, limits=limits) as socket:
            assert await socket.closed() == 4429
