"""The size limit of imported files, and who may send them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from channels.testing import HttpCommunicator

from bitnetsite.asgi import application
from chat.models import Message
from tests.chat.browser import Browser

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 2**20


def large_file(size: int) -> bytes:
    moment = "2026-11-23T06:00:00Z"
    message = {"id": "7b636a77-8e1c-4ad1-8e02-9f59d2ae94e9", "parent": None, "role": "user", "status": "complete"}
    message |= {"text": "x" * 1000, "created_at": moment}
    head = {"id": "7b636a77-8e1c-4ad1-8e02-9f59d2ae94e8", "title": "Large", "pinned": False}
    fields = head | {"created_at": moment, "updated_at": moment, "messages": [message]}
    body = json.dumps({"format": "bitnet-chat", "version": 1, "conversations": [fields]}).encode()
    return body + b" " * (size - len(body))


async def post(browser: Browser, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    """Send a request through the whole ASGI application."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.client.cookies.items())
    token = browser.client.cookies["csrftoken"].value if browser.has_token else ""
    defaults = {"host": "localhost", "content-type": "application/json", "cookie": cookies, "x-csrftoken": token}
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in (defaults | headers).items()]
    communicator = HttpCommunicator(application, "POST", path, body, lines)
    response = await communicator.get_response(60)
    await communicator.wait(60)
    return response["status"], json.loads(response["body"])


@pytest.fixture
def browser() -> Browser:
    return Browser()


async def test_an_import_may_be_larger_than_other_requests(browser: Browser) -> None:
    body = large_file(5 * MIB)
    length = {"content_length": str(len(body))}
    assert await post(browser, "/chat/import", body, **length) == (200, {"imported": 1, "skipped": 0})
    assert await Message.objects.acount() == 1
    status, error = await post(browser, "/chat/presets", body, **length)
    assert (status, error["code"]) == (413, "body_too_large")


async def test_a_body_without_a_length_is_counted(browser: Browser) -> None:
    status, error = await post(browser, "/chat/presets", large_file(5 * MIB), transfer_encoding="chunked")
    assert (status, error["detail"]) == (413, "The request body is too large: at most 4194304 bytes are accepted.")
    status, _ = await post(browser, "/chat/import", large_file(5 * MIB), transfer_encoding="chunked")
    assert status == 200


async def test_an_import_has_a_limit_of_its_own(browser: Browser) -> None:
    status, error = await post(browser, "/chat/import", b"{}", content_length=str(65 * MIB))
    assert (status, error["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("cookies", ["", "sessionid=forged", "sessionid=; csrftoken=x", "\xff"])
async def test_large_bodies_need_a_session(cookies: str) -> None:
    stranger = Browser(opens_page=False)
    for path in ("/chat/import", "/chat/import/", "/chat/presets"):
        status, error = await post(stranger, path, b"", content_length=str(5 * MIB), cookie=cookies)
        assert (status, error["detail"]) == (413, "The request body is too large: at most 4194304 bytes are accepted.")


async def test_visitors_cannot_send_large_bodies_where_login_is_required(browser: Browser, settings: Any) -> None:
    settings.REQUIRE_LOGIN = True
    assert (await post(browser, "/chat/import", b"", content_length=str(5 * MIB)))[0] == 413
